java -version
javac -d out src/Helo.java
javac -d out src/Hello.java
java -cp out Hello Ada
