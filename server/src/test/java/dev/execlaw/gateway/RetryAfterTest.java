package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

    @ParameterizedTest
    @CsvSource(quoteCharacter = '\'', textBlock = """
            retry-after    , 7                               , ''                              , 7
            retry-after    , 0                               , ''                              , 0
            retry-after    , ' 3 '                           , ''                              , 3
            retry-after-ms , 1500                            , ''                              , 2
            retry-after    , 'Tue, 24 Nov 2026 10:00:05 GMT' , ''                              , 5
            retry-after    , 'Tue, 24 Nov 2026 09:00:00 GMT' , ''                              , 0
            retry-after    , 'Tue, 24 Nov 2026 12:00:09 GMT' , 'Tue, 24 Nov 2026 12:00:01 GMT' , 8
            retry-after    , soon                            , ''                              , 0
            retry-after    , -5                              , ''                              , 0
            x              , 5                               , ''                              , 0
            """)
    void secondsFromNow(String header, String value, String date, long seconds) {
        HttpFields.Mutable headers = HttpFields.build().put(header, value);
        if (!date.isEmpty()) {
            headers.put("date", date);
        }
        assertThat(RetryAfter.seconds(headers, NOW)).isEqualTo(seconds);
    }
}
