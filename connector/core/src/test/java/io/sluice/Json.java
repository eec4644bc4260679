package io.sluice;

import java.util.LinkedHashMap;
import java.util.Map;

/** A strict reader of what a report needs of RFC 8259: one object of strings and numbers, without white space. */
final class Json {
    private static final String NUMBER = "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?";

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /**
     * The members in their order, strings without their quotes, numbers as they are written.
     *
     * @throws IllegalArgumentException if it is no such object
     */
    static Map<String, String> object(String text) {
        Json json = new Json(text);
        Map<String, String> members = new LinkedHashMap<>();
        json.expect('{');
        do {
            String name = json.string();
            json.expect(':');
            if (members.put(name, json.peek() == '"' ? json.string() : json.number()) != null) {
                throw json.wrong("a second '" + name + "'");
            }
        } while (json.next() == ',');
        json.at--;
        json.expect('}');
        if (json.at != text.length()) {
            throw json.wrong("more after the object");
        }
        return members;
    }

    private String string() {
        expect('"');
        StringBuilder read = new StringBuilder();
        for (char c; (c = next()) != '"'; ) {
            if (c < 0x20) {
                throw wrong("a control character in a string");
            }
            read.append(c == '\\' ? escaped() : c);
        }
        return read.toString();
    }

    private char escaped() {
        char c = next();
        if (c == 'u') {
            String hex = text.substring(Math.min(at, text.length()), Math.min(at + 4, text.length()));
            if (!hex.matches("[0-9a-fA-F]{4}")) {
                throw wrong("a bad escape");
            }
            at += 4;
            return (char) Integer.parseInt(hex, 16);
        }
        int known = "\"\\/bfnrt".indexOf(c);
        if (known < 0) {
            throw wrong("a bad escape");
        }
        return "\"\\/\b\f\n\r\t".charAt(known);
    }

    private String number() {
        int start = at;
        while ("+-.eE0123456789".indexOf(peek()) >= 0) {
            at++;
        }
        String number = text.substring(start, at);
        if (!number.matches(NUMBER)) {
            throw wrong("'" + number + "' is no number");
        }
        return number;
    }

    private void expect(char wanted) {
        char c = next();
        if (c != wanted) {
            throw wrong("'" + c + "' instead of '" + wanted + "'");
        }
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong("the end");
        }
        return text.charAt(at);
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("%s at %d of %s".formatted(what, at, text));
    }
}
