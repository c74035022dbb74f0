package dev.execlaw.microvm.wake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a guest's connections when its address goes: the guest's own code, in a network of its own. */
class ConnectionsTest {

    /** Connections of IPv4, of IPv4 within IPv6, and of another address; prints what reading from each gives. */
    private static final String TRIAL = """
            use strict;
            use IO::Socket::INET;
            use Socket qw(AF_INET6 SOCK_STREAM inet_pton pack_sockaddr_in6);
            use Execlaw::Connections;
            my $to = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "listen: $!";
            sub v4 { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to->sockport, LocalAddr => $_[0]) }
            sub v6 {
              socket my $mapped, AF_INET6, SOCK_STREAM, 0 or die "socket: $!";
              bind $mapped, pack_sockaddr_in6(0, inet_pton(AF_INET6, "::ffff:$_[0]")) or die "bind: $!";
              connect $mapped, pack_sockaddr_in6($to->sockport, inet_pton(AF_INET6, '::ffff:127.0.0.1')) or die "connect: $!";
              return $mapped;
            }
            my @all = (v4('127.0.0.9'), v6('127.0.0.9'), v4('127.0.0.8'), v6('127.0.0.8'));
            my @taken = map { scalar $to->accept } @all;
            end_connections('127.0.0.9');
            syswrite $_, 'x' for @taken;
            for my $one (@all) {
              my $got = sysread $one, my $bytes, 1;
              print defined $got ? "read $got" : $!{ECONNABORTED} ? 'ended' : "$!", "\\n";
            }
            """;

    @TempDir
    private Path directory;

    @Test
    void thoseOfTheOldAddressEndAtOnceAndNoOthers() throws Exception {
        Path programs = GuestScript.unpack(directory.resolve("programs"));
        Path trial = Files.writeString(directory.resolve("trial.pl"), TRIAL);
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(List.of(
                        "unshare",
                        "--map-root-user",
                        "--net",
                        "sh",
                        "-ec",
                        "ip link set lo up; exec perl -I \"$0\" \"$1\"",
                        programs.toString(),
                        trial.toString()))
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends").isTrue();
        assertThat(Files.readString(out)).isEqualTo("ended\nended\nread 1\nread 1\n");
    }
}
