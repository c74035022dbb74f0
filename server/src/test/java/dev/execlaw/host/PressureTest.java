package dev.execlaw.host;

import static dev.execlaw.host.Pressure.Level.NONE;
import static dev.execlaw.host.Pressure.Level.SEVERE;
import static dev.execlaw.host.Pressure.Level.SOME;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the host is short of something, on a host whose state is set by hand. */
class PressureTest {

    private final Scripted host = new Scripted();
    private final List<Pressure.Report> told = new ArrayList<>();
    private final Pressure pressure = new Pressure(host, new HostLimits(512, 192, 1024), told::add);

    private static final class Scripted implements HostState {
        int available = 8000;
        Stalls host = Stalls.NONE;
        Stalls machines = Stalls.NONE;
        long disk = 50_000;

        @Override
        public int availableMiB() {
            return available;
        }

        @Override
        public int totalMiB() {
            return 16_000;
        }

        @Override
        public Stalls host() {
            return host;
        }

        @Override
        public Stalls machines() {
            return machines;
        }

        @Override
        public long freeDiskMiB() {
            return disk;
        }
    }

    /** The level that is told at one look; NONE and no word where nothing is. */
    private Pressure.Level look() {
        told.clear();
        pressure.look();
        return told.isEmpty() ? NONE : told.getFirst().level();
    }

    private Pressure.Level at(int available) {
        host.available = available;
        return look();
    }

    @Test
    void aHostWithRoomIsSilent() {
        assertThat(look()).isEqualTo(NONE);
        assertThat(told).isEmpty();
    }

    @Test
    void memoryBelowTheFloorIsToldAgainAndAgainUntilItIsWellAbove() {
        assertThat(at(512)).isEqualTo(NONE);
        assertThat(at(511)).isEqualTo(SOME);
        assertThat(told.getFirst().reasons()).containsExactly("511 MiB of memory available, the floor is 512 MiB");
        assertThat(at(511)).isEqualTo(SOME);
        assertThat(at(600)).as("not clearly better").isEqualTo(SOME);
        assertThat(at(641)).isEqualTo(NONE);
        assertThat(told).as("the end is told once").hasSize(1);
        assertThat(told.getFirst().reasons()).isEmpty();
        assertThat(at(520)).isEqualTo(NONE);
        assertThat(told).isEmpty();
        assertThat(at(255)).isEqualTo(SEVERE);
        assertThat(at(300)).isEqualTo(SEVERE);
        assertThat(at(321)).isEqualTo(SOME);
        assertThat(at(8000)).isEqualTo(NONE);
    }

    @Test
    void stallsOfTheMachinesCountWhateverIsAvailable() {
        host.machines = new Stalls(9.9, 0);
        assertThat(look()).isEqualTo(NONE);
        host.machines = new Stalls(10, 0);
        assertThat(look()).isEqualTo(SOME);
        assertThat(told.getFirst().reasons())
                .containsExactly("machines waited for memory 10.0 % of the last 10 s, all at once 0.0 %");
        host.machines = new Stalls(5, 0);
        assertThat(look()).isEqualTo(SOME);
        host.machines = new Stalls(4.9, 0);
        assertThat(look()).isEqualTo(NONE);
        host.machines = new Stalls(12, 10);
        assertThat(look()).isEqualTo(SEVERE);
        host.machines = new Stalls(12, 4);
        assertThat(look()).isEqualTo(SOME);
        host.machines = new Stalls(40, 0);
        assertThat(look()).isEqualTo(SEVERE);
    }

    @Test
    void stallsOfTheHostCountWhereMemoryIsScarce() {
        host.host = new Stalls(80, 50);
        assertThat(at(4000)).as("someone else is at a limit of his own").isEqualTo(NONE);
        assertThat(at(3999)).isEqualTo(SEVERE);
        assertThat(told.getFirst().reasons()).singleElement().asString().contains("80.0 %");
    }

    @Test
    void diskBelowItsFloorIsPressureToo() {
        host.disk = 1023;
        assertThat(look()).isEqualTo(SOME);
        assertThat(told.getFirst().memory()).isEqualTo(NONE);
        assertThat(told.getFirst().disk()).isEqualTo(SOME);
        assertThat(told.getFirst().reasons()).containsExactly("1023 MiB of disk free, the floor is 1024 MiB");
        host.disk = 200;
        host.available = 500;
        assertThat(look()).isEqualTo(SEVERE);
        assertThat(told.getFirst().memory()).isEqualTo(SOME);
        assertThat(told.getFirst().reasons()).hasSize(2);
        host.disk = 1279;
        host.available = 8000;
        assertThat(look()).isEqualTo(SOME);
        host.disk = 1280;
        assertThat(look()).isEqualTo(NONE);
    }

    @Test
    void aFloorOfZeroIsWatchedAll() {
        Pressure greedy = new Pressure(host, new HostLimits(0, 0, 0), told::add);
        host.available = 127;
        host.disk = 0;
        greedy.look();
        assertThat(told).singleElement().satisfies(report -> {
            assertThat(report.memory()).isEqualTo(SOME);
            assertThat(report.disk()).isEqualTo(NONE);
        });
    }

    @Test
    void theKernelsFilesAreReadOrDoneWithout(@TempDir Path directory) throws Exception {
        Path stalls = directory.resolve("memory");
        Files.writeString(stalls, """
                some avg10=12.34 avg60=1.00 avg300=0.10 total=123
                full avg10=5.60 avg60=1.00 avg300=0.10 total=12
                """);
        LinuxHostState state = new LinuxHostState(new ProcMemory(), directory, stalls, directory.resolve("none"));
        assertThat(state.host()).isEqualTo(new Stalls(12.34, 5.6));
        assertThat(state.machines()).isEqualTo(Stalls.NONE);
        Files.copy(stalls, directory.resolve("none"));
        assertThat(state.machines()).as("made meanwhile").isEqualTo(new Stalls(12.34, 5.6));
        assertThat(state.freeDiskMiB()).isPositive();
        assertThat(state.availableMiB()).isBetween(1, state.totalMiB());
        Files.writeString(directory.resolve("odd"), "nothing known\n");
        LinuxHostState blind = new LinuxHostState(new ProcMemory(), directory, directory.resolve("odd"), null);
        assertThat(blind.host()).isEqualTo(Stalls.NONE);
        // This host's own, whether it has them or not.
        assertThat(new LinuxHostState(new ProcMemory(), directory, null).host().some())
                .isBetween(0.0, 100.0);
    }
}
