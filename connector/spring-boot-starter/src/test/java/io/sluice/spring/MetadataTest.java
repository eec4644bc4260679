package io.sluice.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sluice.DrainStrategy;
import io.sluice.DrainingServerConnector;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.ClassUtils;

/** What editors show of the properties {@code sluice.*} is written by hand: it says what the code does. */
class MetadataTest {
    private Map<String, Object> metadata;

    @BeforeEach
    void read() throws Exception {
        try (InputStream in =
                SluiceProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            metadata =
                    JsonParserFactory.getJsonParser().parseMap(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> list(String name) {
        return (List<Map<String, Object>>) metadata.get(name);
    }

    private static Stream<RecordComponent> components() {
        return Arrays.stream(SluiceProperties.class.getRecordComponents());
    }

    private static String nameOf(RecordComponent component) {
        return "sluice." + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    @Test
    void hasAllProperties() {
        assertEquals(
                components().map(MetadataTest::nameOf).collect(Collectors.toSet()),
                list("properties").stream()
                        .map(property -> property.get("name"))
                        .collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("components")
    void describesEach(RecordComponent component) throws Exception {
        Map<String, Object> property = list("properties").stream()
                .filter(each -> nameOf(component).equals(each.get("name")))
                .findFirst()
                .orElseThrow();

        Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(component.getType());
        assertEquals(type.getName(), property.get("type"));
        assertEquals(SluiceProperties.class.getName(), property.get("sourceType"));
        assertFalse(((String) property.get("description")).isBlank());
        assertEquals(
                defaultOf(component),
                ApplicationConversionService.getSharedInstance().convert(property.get("defaultValue"), type));
    }

    private static Object defaultOf(RecordComponent component) throws Exception {
        if (component.getName().equals("enabled")) {
            return true;
        }
        if (component.getName().equals("readinessPort")) {
            return null; // Is not the connector's.
        }
        String suffix = component.getName().substring(0, 1).toUpperCase(Locale.ROOT)
                + component.getName().substring(1);
        String getter = (component.getType() == Boolean.class ? "is" : "get") + suffix;
        Object value =
                DrainingServerConnector.class.getMethod(getter).invoke(new DrainingServerConnector(new Server()));
        return component.getType() == Duration.class ? Duration.ofMillis((Long) value) : value;
    }

    @Test
    void namesAllStrategies() {
        List<Object> values = list("hints").stream()
                .filter(hint -> hint.get("name").equals("sluice.drain-strategy"))
                .flatMap(hint -> ((List<?>) hint.get("values")).stream())
                .map(value -> (Object) ((Map<?, ?>) value).get("value"))
                .toList();
        assertEquals(Arrays.stream(DrainStrategy.values()).map(String::valueOf).toList(), values);
    }
}
