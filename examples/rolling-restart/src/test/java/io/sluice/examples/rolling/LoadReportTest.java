package io.sluice.examples.rolling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class LoadReportTest {
    private static final LoadVerdict VERDICT = new LoadVerdict(List.of(SampleResults.STOCK, SampleResults.STEER));

    private final String osName = System.getProperty("os.name");

    @AfterEach
    void restore() {
        System.setProperty("os.name", osName);
    }

    private static String html(LoadVerdict verdict) {
        return new LoadReport(SampleResults.SCENARIO, verdict).toHtml();
    }

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void tellsTheVerdictAndTheTable() {
        String html = html(VERDICT);
        assertTrue(
                html.contains("<p class=\"verdict\">Lost with restarts: stock 10 of 600, steer 0 of 630.</p>"), html);
        assertTrue(html.contains("<tr><td>stock</td><td>2</td><td>2.0</td><td>600</td><td>590</td><td>1</td>"), html);
        assertEquals(4, all("<tr><td>", html).size());
        assertTrue(html.contains("Jetty&#39;s own connector. 2 restarts: 10 of 600 requests lost."), html);
    }

    @Test
    void eachStrategyHasTwoPlotsWithNamedAxes() {
        String html = html(VERDICT);
        for (String strategy : List.of("stock", "steer")) {
            assertTrue(html.contains("<h2>" + strategy + "</h2>"), html);
            assertTrue(html.contains("aria-label=\"Outcomes over time, " + strategy + "\""), html);
            assertTrue(html.contains("aria-label=\"Latency by percentile, " + strategy + "\""), html);
        }
        for (String name : List.of(
                ">time, s<",
                ">answered per s<",
                ">lost per 0.1 s<",
                ">latency, ms<",
                ">share of the answered requests<",
                ">99%<")) {
            assertEquals(2, all(Pattern.quote(name), html).size(), name);
        }
    }

    @Test
    void restartsAndLossesAreMarked() {
        String html = html(VERDICT);
        assertEquals(
                2,
                all("Restart 1: worker 201 ready after 0.6 s, worker 101 gone after 0.0 s", html)
                        .size());
        assertEquals(4, all("class=\"mark\"", html).size());
        assertEquals(1, all("<title>9 503 at 2.6 s</title>", html).size());
        assertEquals(1, all("<title>1 reset at 2.6 s</title>", html).size());
        assertEquals(1, all(">nothing lost<", html).size(), "by Sluice only");
    }

    /** Nothing is loaded, and a browser is told so. */
    @Test
    void needsNoOtherFile() {
        String html = html(VERDICT);
        assertFalse(html.contains("://"), "an address");
        assertEquals(List.of(), all("<(script|link|img|iframe|object)\\b|\\b(src|href)=|@import", html));
        assertEquals(List.of(), all("url\\((?!#)", html), "only patterns of the page itself are referred to");
        assertTrue(html.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""), html);
    }

    /** The colours differ for everybody, and each kind of loss has a fill of its own. */
    @Test
    void eachOutcomeIsInTheLegendAndHasAStyle() {
        String html = html(VERDICT);
        for (Outcome outcome : Outcome.values()) {
            assertTrue(html.contains("</svg> " + outcome + "</span>"), outcome::toString);
            if (outcome.isLost()) {
                assertTrue(html.contains("." + OutcomeStyle.of(outcome) + " {"), outcome::toString);
            }
        }
    }

    @Test
    void whatComesFromOutsideIsEscaped() {
        System.setProperty("os.name", "<script>alert(\"1\" & '2')</script>");
        String html = html(VERDICT);
        assertFalse(html.contains("<script"), html);
        assertTrue(html.contains("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"), html);
    }

    @Test
    void textInPicturesIsEscaped() throws Exception {
        Svg svg = new Svg(10, 10, "\"<&>'");
        svg.text("tick", new Svg.Point(1, 2), "a < b & c");
        svg.textUpwards("tick", new Svg.Point(1, 2), "</svg>");
        svg.box("restart", new Svg.Point(1, 2), 3, 4, "<b>");
        Document document = parse(svg.toString());
        assertEquals("\"<&>'", document.getDocumentElement().getAttribute("aria-label"));
        assertEquals("a < b & c", document.getElementsByTagName("text").item(0).getTextContent());
    }

    @Test
    void picturesAreWellFormed() throws Exception {
        List<String> pictures = all("<svg.*?</svg>", html(VERDICT));
        assertEquals(1 + 7 + 4, pictures.size(), "patterns, legend, plots");
        for (String picture : pictures) {
            parse(picture);
            assertFalse(picture.contains("NaN") || picture.contains("Infinity"), picture);
        }
    }

    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    /** A load of which nothing was answered can be drawn, too. */
    @Test
    void nothingAnsweredIsNoError() throws Exception {
        Latencies none = new Latencies(0, 0, 0, 0, 0, List.of());
        PhaseResult lost = new PhaseResult(SampleResults.outcomes(Outcome.TIMEOUT, 10), 10, none);
        StrategyResult result = new StrategyResult(
                Strategy.STEER,
                lost,
                lost,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                List.of(),
                List.of(SampleResults.outcomes(Outcome.TIMEOUT, 10)));
        for (String picture : all("<svg.*?</svg>", html(new LoadVerdict(List.of(result))))) {
            parse(picture);
            assertFalse(picture.contains("NaN") || picture.contains("Infinity"), picture);
        }
    }
}
