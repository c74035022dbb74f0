package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostSignatureTest {

    private static final List<String> X86 = List.of(
            "processor\t: 0",
            "vendor_id\t: GenuineIntel",
            "model name\t: Some Processor",
            "cpu MHz\t\t: 2100.000",
            "flags\t\t: fpu vme",
            "",
            "processor\t: 1",
            "flags\t\t: other");

    @Test
    void isOfTheModelAndNotOfTheMoment() {
        String first = HostSignature.processor(X86);
        assertThat(first).startsWith("Some Processor (");
        assertThat(HostSignature.processor(replaced("2100.000", "2800.000"))).isEqualTo(first);
        assertThat(HostSignature.processor(replaced("processor\t: 0", "processor\t: 5")))
                .isEqualTo(first);
        assertThat(HostSignature.processor(replaced("fpu vme", "fpu vme avx512f")))
                .isNotEqualTo(first);
    }

    @Test
    void isThereWithoutAModelNameToo() {
        assertThat(HostSignature.processor(List.of("processor\t: 0", "CPU part\t: 0xd0c")))
                .isNotEqualTo(HostSignature.processor(List.of("processor\t: 0", "CPU part\t: 0xd40")));
    }

    @Test
    void thisHostHasOne() throws Exception {
        assertThat(HostSignature.read()).contains("kernel " + System.getProperty("os.version"));
        assertThat(HostSignature.read()).isEqualTo(HostSignature.read());
    }

    private static List<String> replaced(String old, String other) {
        return X86.stream().map(line -> line.replace(old, other)).toList();
    }
}
