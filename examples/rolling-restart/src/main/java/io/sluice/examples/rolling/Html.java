package io.sluice.examples.rolling;

/** Text in HTML and SVG. */
final class Html {
    private Html() {}

    /** The same text, as content of an element or between the quotes of an attribute. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
