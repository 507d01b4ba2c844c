printf '[server]\nhost = 127.0.0.1\nport = 8080\ndebug = true\n' > app.ini
