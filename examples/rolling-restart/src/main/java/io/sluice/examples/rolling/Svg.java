package io.sluice.examples.rolling;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A picture for a page of HTML, whose style sheet says what the styles mean. Escapes all text. */
final class Svg {
    private final StringBuilder content = new StringBuilder();

    /**
     * An empty picture.
     *
     * @param label what it shows, for those who cannot see it
     */
    Svg(int width, int height, String label) {
        content.append("<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\">\n"
                .formatted(width, height, width, height, Html.escape(label)));
    }

    /**
     * A point of a picture.
     *
     * @param x from the left
     * @param y from the top
     */
    record Point(double x, double y) {
        @Override
        public String toString() {
            return number(x) + "," + number(y);
        }
    }

    void line(String style, Point from, Point to) {
        add("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>"
                .formatted(style, number(from.x), number(from.y), number(to.x), number(to.y)));
    }

    void lines(String style, List<Point> points) {
        add("<polyline class=\"%s\" points=\"%s\"/>".formatted(style, joined(points)));
    }

    void area(String style, List<Point> corners) {
        add("<polygon class=\"%s\" points=\"%s\"/>".formatted(style, joined(corners)));
    }

    /** A rectangle that tells, when it is pointed at, what it is. */
    void box(String style, Point corner, double width, double height, String title) {
        add("<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"><title>%s</title></rect>"
                .formatted(
                        style, number(corner.x), number(corner.y), number(width), number(height), Html.escape(title)));
    }

    void circle(String style, Point center, double radius) {
        add("<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"/>"
                .formatted(style, number(center.x), number(center.y), number(radius)));
    }

    void text(String style, Point where, String text) {
        add("<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>"
                .formatted(style, number(where.x), number(where.y), Html.escape(text)));
    }

    /** Text that is read from below. */
    void textUpwards(String style, Point where, String text) {
        add("<text class=\"%s\" transform=\"translate(%s %s) rotate(-90)\">%s</text>"
                .formatted(style, number(where.x), number(where.y), Html.escape(text)));
    }

    private void add(String element) {
        content.append(element).append('\n');
    }

    private static String joined(List<Point> points) {
        return points.stream().map(Point::toString).collect(Collectors.joining(" "));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** The whole element. */
    @Override
    public String toString() {
        return content + "</svg>\n";
    }
}
