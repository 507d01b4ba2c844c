printf 'require("http").createServer((ask, answer) => answer.end("hi " + ask.url + "\\n")).listen(process.env.PORT, "127.0.0.1");\n' > serve.js
