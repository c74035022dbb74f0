package dev.execlaw.microvm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AptSourcesTest {

    @Test
    void picksTheReleasesOwnEntriesFromBothForms() {
        AptSources sources = AptSources.of("bookworm", """
                # deb http://commented.example/debian bookworm main
                deb http://mirror.example/debian bookworm main contrib
                deb [signed-by=/etc/apt/other.gpg] http://third.example/debian bookworm main
                deb http://third.example/apt cloud-bookworm main
                deb-src http://mirror.example/debian bookworm main
                """, """
                Types: deb
                URIs: http://mirror.example/debian-security
                Suites: bookworm-security
                Components: main
                Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

                Types: deb
                URIs: http://third.example/node
                Suites: bookworm
                Components: main
                Signed-By: /usr/share/keyrings/third.gpg

                Types: deb
                Enabled: no
                URIs: http://off.example/debian
                Suites: bookworm
                Components: main
                """);

        assertThat(sources.lines())
                .containsExactly(
                        "deb http://mirror.example/debian bookworm main",
                        "deb http://mirror.example/debian-security bookworm-security main");
    }

    @Test
    void anotherDistributionsSourcesAreOfNoUse() {
        assertThat(AptSources.of("bookworm", "deb http://archive.example/ubuntu noble main", "")
                        .lines())
                .isEmpty();
        assertThat(AptSources.of("bookworm", "deb http://mirror.example/debian bookworm-updates main", "")
                        .lines())
                .as("without the release itself the rest is not enough")
                .isEmpty();
    }
}
