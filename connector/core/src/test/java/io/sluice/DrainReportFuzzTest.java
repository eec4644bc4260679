package io.sluice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a drain has to report, it is one line of JSON that tells all of it. */
class DrainReportFuzzTest {
    /** Each component has a member of its name, in its order, and its value. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void anyReportIsJson(@ForAll("reports") DrainReport report) {
        String line = report.toJson();
        Map<String, String> json = Json.object(line);

        assertFalse(line.matches("(?s).*\\p{Cntrl}.*"), line);
        assertEquals(
                Arrays.stream(DrainReport.class.getRecordComponents())
                        .map(DrainReportFuzzTest::memberOf)
                        .toList(),
                List.copyOf(json.keySet()));
        assertEquals(
                report.reason().name(),
                json.get("reason").toUpperCase(Locale.ROOT).replace('-', '_'));
        assertEquals(report.strategy(), DrainStrategy.of(json.get("strategy")));
        assertEquals(
                report.strategyReason().length(), json.get("strategyReason").length());
        assertEquals(report.firstPass(), Integer.parseInt(json.get("firstPass")));
        assertEquals(report.lost(), Integer.parseInt(json.get("lost")));
        assertEquals(report.members(), Integer.parseInt(json.get("members")));
        double millis = report.untilClosed().toNanos() / 1e6;
        assertEquals(millis, Double.parseDouble(json.get("untilClosedMillis")), 0.001 + Math.ulp(millis));
    }

    /** Where the language of the machine writes numbers in another way, JSON does not. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void anyLocale(@ForAll("reports") DrainReport report, @ForAll("locales") Locale locale) {
        String line = report.toJson();
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(locale);
            assertEquals(line, report.toJson());
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Lossless is what has lost nothing, has nothing at risk that is not abandoned, and nothing unanswered. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void losslessOrNot(@ForAll("reports") DrainReport report) {
        boolean nothing = report.lost() == 0 && report.atRisk() <= report.abandoned() && report.unanswered() == 0;

        assertTrue(report.isLossless() == nothing, report::toJson);
    }

    @Provide
    Arbitrary<Locale> locales() {
        return Arbitraries.of("ar-EG-u-nu-arab", "de-DE", "tr-TR", "hi-IN-u-nu-deva", "fa-IR")
                .map(Locale::forLanguageTag);
    }

    @Provide
    Arbitrary<DrainReport> reports() {
        Arbitrary<String> phrases = Arbitraries.oneOf(
                Arbitraries.strings().all().ofMaxLength(40),
                Arbitraries.strings()
                        .withChars('"', '\\', '\n', '\r', '\t', '\0', '\u007f', '\'', '%', '$', '/', 'u')
                        .ofMaxLength(20));
        Arbitrary<Duration> durations = Arbitraries.longs().map(Duration::ofNanos);
        Arbitrary<int[]> counts = Arbitraries.oneOf(
                        Arbitraries.integers(), Arbitraries.integers().between(-1, 1))
                .array(int[].class)
                .ofSize(9);
        return Combinators.combine(
                        Arbitraries.of(DrainReport.Reason.class),
                        Arbitraries.of(DrainStrategy.class),
                        phrases,
                        counts,
                        durations.list().ofSize(5))
                .as((reason, strategy, phrase, count, times) -> new DrainReport(
                        reason,
                        strategy,
                        phrase,
                        count[0],
                        count[1],
                        count[2],
                        count[3],
                        count[4],
                        count[5],
                        count[6],
                        count[7],
                        count[8],
                        times.get(0),
                        times.get(1),
                        times.get(2),
                        times.get(3),
                        times.get(4),
                        count[8],
                        count[7],
                        count[6],
                        count[5],
                        count[4]));
    }

    private static String memberOf(RecordComponent component) {
        return component.getName() + (component.getType() == Duration.class ? "Millis" : "");
    }
}
