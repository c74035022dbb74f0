package dev.execlaw.microvm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.ImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentBinaryTest {

    private static final Map<String, Integer> MACHINES = Map.of("x86_64", 62, "aarch64", 183);

    @TempDir
    Path directory;

    @Test
    void takesAStaticProgramOfThisMachine() throws Exception {
        Path good = elf(64, MACHINES.get(Elf.hostMachine()), 2, false);

        AgentBinary.check(good);
        assertThat(AgentBinary.agent(BuildOptions.DEFAULT.withAgentBinary(good)).kind())
                .isEqualTo("nullclaw");
        assertThat(Elf.read(Path.of("/bin/sh")).orElseThrow().dynamic()).isTrue();
    }

    @Test
    void refusesAllElseAndSaysWhy() throws Exception {
        int host = MACHINES.get(Elf.hostMachine());
        refused(directory.resolve("missing"), "not a file");
        refused(Files.writeString(directory.resolve("text"), "#!/bin/sh\n"), "not an ELF program");
        refused(elf(32, 3, 2, false), "32-bit machine 3");
        refused(elf(64, host == 62 ? 183 : 62, 2, false), "the guest is 64-bit " + Elf.hostMachine());
        refused(elf(64, host, 1, false), "not a program");
        refused(elf(64, host, 3, true), "shared libraries");
    }

    private static void refused(Path file, String why) {
        assertThatThrownBy(() -> AgentBinary.check(file))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(why);
    }

    private Path elf(int bits, int machine, int type, boolean dynamic) throws Exception {
        ByteBuffer file = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0, 0x464c457f).put(4, (byte) (bits / 32)).put(5, (byte) 1);
        file.putShort(16, (short) type).putShort(18, (short) machine);
        if (bits == 64) {
            file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
            file.putInt(64, dynamic ? 3 : 1);
        }
        return Files.write(directory.resolve("elf" + bits + machine + type + dynamic), file.array());
    }
}
