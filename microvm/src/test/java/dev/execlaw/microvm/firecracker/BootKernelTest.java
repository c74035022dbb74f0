package dev.execlaw.microvm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.execlaw.microvm.image.Elf;
import dev.execlaw.microvm.image.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the tests' real kernel, a bzImage. */
@Timeout(120)
class BootKernelTest {

    private static final HostPath BZIMAGE = new HostPath(Path.of(System.getProperty("execlaw.test.guest"), "vmlinuz"));

    @TempDir
    private Path directory;

    @Test
    void vmlinuxIsUnpackedOnceForAnOldFirecracker() throws Exception {
        BootKernel old = new BootKernel(new FirecrackerVersion(1, 16, 1, ""), directory.resolve("kernels"));
        HostPath vmlinux = old.bootable(BZIMAGE);
        assertThat(Elf.read(vmlinux.path()).orElseThrow().machine()).isEqualTo(Elf.hostMachine());
        assertThat(Files.size(vmlinux.path())).isGreaterThan(2 * Files.size(BZIMAGE.path()));
        FileTime first = Files.getLastModifiedTime(vmlinux.path());
        assertThat(old.bootable(BZIMAGE)).isEqualTo(vmlinux);
        assertThat(Files.getLastModifiedTime(vmlinux.path())).isEqualTo(first);
        assertThat(directory.resolve("kernels")).isDirectoryNotContaining("glob:**.{new,packed}");
        assertThat(old.bootable(vmlinux)).isEqualTo(vmlinux);
    }

    @Test
    void newFirecrackerBootsItAsItIs() throws Exception {
        BootKernel recent = new BootKernel(new FirecrackerVersion(1, 17, 0, "-dev"), directory.resolve("kernels"));
        assertThat(recent.bootable(BZIMAGE)).isEqualTo(BZIMAGE);
        assertThat(directory.resolve("kernels")).doesNotExist();
    }

    @Test
    void whatIsNoKernelIsRefusedInWords() throws Exception {
        BootKernel old = new BootKernel(new FirecrackerVersion(1, 16, 1, ""), directory.resolve("kernels"));
        HostPath text = new HostPath(Files.writeString(directory.resolve("vmlinux"), "not a kernel"));
        assertThatThrownBy(() -> old.bootable(text))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("neither an ELF vmlinux nor a bzImage");
        byte[] broken = Files.readAllBytes(BZIMAGE.path());
        Arrays.fill(broken, 4096, broken.length, (byte) 0);
        HostPath empty = new HostPath(Files.write(directory.resolve("bzImage"), broken));
        assertThatThrownBy(() -> old.bootable(empty)).hasMessageContaining("compressed in a way that is not known");
        assertThat(directory.resolve("kernels")).isEmptyDirectory();
    }
}
