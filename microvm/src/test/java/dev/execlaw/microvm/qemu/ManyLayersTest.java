package dev.execlaw.microvm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.execlaw.microvm.machine.Machine;
import dev.execlaw.microvm.machine.MachineException;
import dev.execlaw.microvm.machine.MachineSpec.Disk;
import dev.execlaw.microvm.machine.SavedState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A machine that is saved more often than a disk may have layers, its layers put together meanwhile. */
@Timeout(300)
class ManyLayersTest {

    private static final int SAVES = 70;
    private static final int MANY = 24;

    @TempDir
    private Path directory;

    @Test
    void itsCheckpointsStayWhatTheyWereAndItGoesOn() throws Exception {
        try (SavedMachines machines = new SavedMachines(directory)) {
            Machine machine = machines.clone("a", machines.template(), machines.templateDisk());
            machine.start(TestGuest.START);
            TestGuest guest = new TestGuest(machine, 0);
            Map<Integer, SavedState> saved = new HashMap<>();
            Map<Integer, Disk> disks = new HashMap<>();
            String early = "";
            CompletableFuture<Void> flattening = CompletableFuture.completedFuture(null);
            int flattened = 0;
            for (int i = 1; i <= SAVES; i++) {
                guest.run("echo " + i + " | dd of=/dev/vda bs=512 seek=" + i + " conv=sync 2> /dev/null; sync");
                if (flattening.isDone()
                        && BackingFiles.of(machine.disk().path()).size() > MANY) {
                    flattening = CompletableFuture.runAsync(() -> flatten(machine));
                    // The guest writes while its layers are put together.
                    guest.run("echo " + i + " | dd of=/dev/vda bs=512 seek=" + i + " conv=sync 2> /dev/null; sync");
                    flattening.get(60, TimeUnit.SECONDS);
                    flattened++;
                }
                disks.put(i, machine.disk());
                saved.put(i, machines.checkpoint(machine, i));
                machine.resume();
                if (i == 3) {
                    early = SavedMachines.hash(disks.get(3).path());
                }
            }
            assertThat(flattened).isGreaterThan(1);
            assertThat(BackingFiles.of(machine.disk().path())).hasSizeLessThan(MANY + 2);
            assertThat(SavedMachines.hash(disks.get(3).path())).isEqualTo(early);
            assertThat(written(guest)).isEqualTo(SAVES);
            machine.close();
            for (int number : new int[] {3, MANY + 1, MANY + 3, SAVES}) {
                Machine again = machines.clone("from-" + number, saved.get(number), disks.get(number));
                again.start(TestGuest.START);
                assertThat(written(new TestGuest(again, 0)))
                        .as("numbers on the disk of checkpoint " + number)
                        .isEqualTo(number);
                again.close();
            }
        }
    }

    private static void flatten(Machine machine) {
        try {
            machine.flatten(Duration.ofSeconds(60));
        } catch (MachineException e) {
            throw new CompletionException(e);
        }
    }

    /** How many of the numbers are on the disk, each at its place and none left out. */
    private static int written(TestGuest guest) throws Exception {
        return Integer.parseInt(guest.run("echo 3 > /proc/sys/vm/drop_caches; n=0;"
                        + " while [ \"$(dd if=/dev/vda bs=512 skip=$((n + 1)) count=1 2> /dev/null | head -n 1 | tr -d '\\0')\""
                        + " = $((n + 1)) ]; do n=$((n + 1)); done; echo $n")
                .strip());
    }
}
