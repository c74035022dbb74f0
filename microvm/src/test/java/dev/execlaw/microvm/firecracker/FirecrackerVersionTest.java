package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirecrackerVersionTest {

    @Test
    void isFoundInWhatTheProgramTells() {
        assertThat(FirecrackerVersion.find("Firecracker v1.17.0-dev\n\nmore"))
                .contains(new FirecrackerVersion(1, 17, 0, "-dev"));
        assertThat(FirecrackerVersion.find("Jailer 1.16.1").orElseThrow()).hasToString("v1.16.1");
        assertThat(FirecrackerVersion.find("no version")).isEmpty();
        assertThat(new FirecrackerVersion(1, 16, 1, "")).isNotEqualTo(new FirecrackerVersion(1, 16, 1, "-dev"));
    }

    @ParameterizedTest
    @CsvSource({"1.11.9,#4731", "0.25.2,#4731"})
    void oldOnesAreRefused(String version, String issue) {
        assertThat(VersionVerdict.of(FirecrackerVersion.find(version).orElseThrow()))
                .isInstanceOfSatisfying(
                        VersionVerdict.Refused.class,
                        refused -> assertThat(refused.reason()).contains(issue));
    }

    @ParameterizedTest
    @CsvSource({"1.12.0,#5705", "1.14.3,#5705", "1.15.0,#5969", "1.16.0,#5969", "1.16.1,#6100", "1.16.1,#6086"})
    void faultsAreKnown(String version, String issue) {
        assertThat(VersionVerdict.of(FirecrackerVersion.find(version).orElseThrow()))
                .isInstanceOfSatisfying(
                        VersionVerdict.Flawed.class,
                        flawed -> assertThat(flawed.fault()).contains(issue));
    }

    @ParameterizedTest
    @CsvSource({"1.16.2", "1.17.0", "2.0.0"})
    void newOnesAreGood(String version) {
        assertThat(VersionVerdict.of(FirecrackerVersion.find(version).orElseThrow()))
                .isEqualTo(new VersionVerdict.Good());
    }
}
