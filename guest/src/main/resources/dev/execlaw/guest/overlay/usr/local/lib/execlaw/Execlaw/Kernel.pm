# What is asked of the kernel beyond what Perl has: time, random numbers, mounts, readiness of ports.
package Execlaw::Kernel;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Fcntl qw(O_RDWR);
use POSIX ();

our @EXPORT = qw(
  $root bind_mount edge edges hostname journal nanoseconds rename_machine set_clock stir write_out CLOCK_MONOTONIC
);

use constant {
  CLOCK_REALTIME => 0, CLOCK_MONOTONIC => 1, CLOCK_TOLERANCE => 10_000_000, # nanoseconds: less is not worth a step
  RNDADDENTROPY => 0x40085203, RNDRESEEDCRNG => 0x5207, MS_BIND => 4096,
  EPOLL_CTL_ADD => 1, EPOLLIN => 1, EPOLLOUT => 4, EPOLLET => 1 << 31,
};

# Numbers of the calls, <asm/unistd_64.h> and <asm-generic/unistd.h>; struct epoll_event is packed on x86_64 alone.
my %numbers = (
  x86_64 => { clock_gettime => 228, clock_settime => 227, epoll_create1 => 291, epoll_ctl => 233, epoll_pwait => 281,
    mount => 165, sethostname => 170, sync => 162, event => 'L<Q<' },
  aarch64 => { clock_gettime => 113, clock_settime => 112, epoll_create1 => 20, epoll_ctl => 21, epoll_pwait => 22,
    mount => 40, sethostname => 161, sync => 81, event => 'L<x4Q<' },
);
my $machine = (POSIX::uname())[4];
my $kernel = $numbers{$machine} or die "no system calls known for $machine\n";

# Tests look at another tree. Then clock, random numbers and disks are left alone, and what they would be told is noted there.
our $root = $ENV{EXECLAW_WAKE_ROOT} // '';

sub note { open my $out, '>>', "$root/kernel" or die "$root/kernel: $!\n"; print {$out} "$_[0]\n" }

sub journal { print STDERR "wake: @_\n" }

# A system call whose buffers are the caller's own: the kernel writes into them.
sub checked {
  my $result = syscall $_[1], @_[2 .. $#_];
  return $result >= 0 ? $result : die "$_[0]: $!\n";
}

sub nanoseconds {
  my ($clock) = @_;
  my $time = pack 'qq', 0, 0;
  checked('clock_gettime', $kernel->{clock_gettime}, $clock, $time);
  my ($seconds, $rest) = unpack 'qq', $time;
  return $seconds * 1_000_000_000 + $rest;
}

# The host's time, and when by CLOCK_MONOTONIC it was received.
sub set_clock {
  my ($host, $received) = @_;
  my $now = $host + nanoseconds(CLOCK_MONOTONIC) - $received;
  return if abs($now - nanoseconds(CLOCK_REALTIME)) < CLOCK_TOLERANCE;
  return note("clock $now") if $root;
  my $time = pack 'qq', int($now / 1_000_000_000), $now % 1_000_000_000;
  checked('clock_settime', $kernel->{clock_settime}, CLOCK_REALTIME, $time);
}

sysopen my $random, '/dev/urandom', O_RDWR or die "/dev/urandom: $!\n";

sub stir {
  my ($entropy) = @_;
  my $size = length $entropy;
  return note("entropy $size") if $root;
  ioctl $random, RNDADDENTROPY, pack 'iia*', 8 * $size, $size, $entropy or die "RNDADDENTROPY: $!\n";
  # Else what the generator had in the template is used for up to a minute more (random(4)).
  ioctl $random, RNDRESEEDCRNG, 0 or die "RNDRESEEDCRNG: $!\n";
}

sub hostname { return (POSIX::uname())[1] }

sub rename_machine {
  my ($name) = @_;
  checked('sethostname', $kernel->{sethostname}, $name, length $name) if hostname() ne $name;
}

sub bind_mount {
  my ($source, $target) = @_;
  my $type = 'none';
  checked("mount over $target", $kernel->{mount}, $source, $target, $type, MS_BIND, 0);
}

sub write_out { $root ? note('sync') : checked('sync', $kernel->{sync}) }

# Waiting for edges. A port whose host is away reads as ended, and polls as ready, for as long as that lasts: only the edge,
# when the host comes or bytes do, may wake us, or waiting would take a processor.
my $epoll;

# Tells of the file's edges from now on; it is forgotten when it is closed.
sub edge {
  my ($file) = @_;
  $epoll //= checked('epoll_create1', $kernel->{epoll_create1}, 0);
  my $event = pack $kernel->{event}, EPOLLIN | EPOLLOUT | EPOLLET, fileno $file;
  checked('epoll_ctl', $kernel->{epoll_ctl}, $epoll, EPOLL_CTL_ADD, fileno $file, $event);
}

# Waits for one or more.
sub edges {
  my $events = "\0" x 64;
  my $ready = syscall $kernel->{epoll_pwait}, $epoll, $events, 4, -1, 0, 8;
  die "epoll_pwait: $!\n" if $ready < 0 && !$!{EINTR};
}

1;
