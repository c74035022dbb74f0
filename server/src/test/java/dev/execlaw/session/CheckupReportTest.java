package dev.execlaw.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.session.Checkup.Verdict;
import org.junit.jupiter.api.Test;

class CheckupReportTest {

    private static final String DISK = "execlaw-doctor\tdisk\tok\t1300 MiB free on /\t\r\n";
    private static final String DNS = "execlaw-doctor\tdns\tfail\tno answer\task\r\n";

    @Test
    void aWholeReportIsReadAmongOtherLines() {
        String text = "[ 9.1] a word of the kernel\r\n" + DISK + "> \r\n" + DNS + "execlaw-doctor\tend\t2\r\nbye";
        assertThat(CheckupReport.of(text).whole().orElseThrow().checks())
                .containsExactly(
                        new Checkup.Check("disk", Verdict.OK, "1300 MiB free on /", ""),
                        new Checkup.Check("dns", Verdict.FAIL, "no answer", "ask"));
    }

    @Test
    void withoutItsEndOrWithAnotherNumberItIsNotWhole() {
        assertThat(CheckupReport.of(DISK + DNS).whole()).isEmpty();
        assertThat(CheckupReport.of(DISK + "execlaw-doctor\tend\t2\n").whole()).isEmpty();
        assertThat(CheckupReport.of("").whole()).isEmpty();
        assertThat(CheckupReport.of("").reach()).isEqualTo("no check was reported");
        assertThat(CheckupReport.of(DISK + "execlaw-doctor\tend\t2\n").reach())
                .isEqualTo("1 checks were reported, the last one \"disk\" of 2 announced");
    }

    @Test
    void linesThatOnlyLookLikeChecksAreNone() {
        String end = "execlaw-doctor\tend\t0\n";
        for (String line : new String[] {
            "execlaw-doctor\tdisk\tgood\tmuch\tnothing",
            "execlaw-doctor\tdisk\tok\tmuch",
            "execlaw-doctor\tdisk\tok\t\t",
            "execlaw-doctor\tdisk\twarn\tlittle\t",
            "execlaw-doctor\t \tok\tmuch\t",
            "execlaw-doctor\tdisk\tok\tm\u001b[2Juch\t",
            " execlaw-doctor\tdisk\tok\tmuch\t",
            "execlaw-doctor\tdisk\tok\t" + "x".repeat(301) + "\t"
        }) {
            assertThat(CheckupReport.of(line + "\n" + end).whole().orElseThrow().checks())
                    .as(line)
                    .isEmpty();
        }
    }
}
