mkdir src
printf 'public class Hello {\n    public static void main(String[] words) {\n        System.out.println("hello " + words[0]);\n    }\n}\n' > src/Hello.java
