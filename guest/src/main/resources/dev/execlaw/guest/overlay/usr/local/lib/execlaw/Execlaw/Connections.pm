# Connections of an address that this machine no longer has, by sock_diag(7).
package Execlaw::Connections;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Socket qw(AF_INET AF_INET6 SOCK_RAW IPPROTO_TCP inet_aton);
use Execlaw::Files;

our @EXPORT = qw(end_connections);

use constant {
  AF_NETLINK => 16, NETLINK_SOCK_DIAG => 4, SOCK_DESTROY => 21, NLM_F_REQUEST => 1, NLM_F_ACK => 4, NLMSG_ERROR => 2,
  TIME_WAIT => 6, LISTEN => 10, MOST => 1000,
};

# Ends them with an error for whoever has them. Nobody will ever answer: an agent that keeps one to its model's gateway
# would wait for a quarter of an hour, until the kernel gives up. A kernel that cannot do it says so in the journal.
sub end_connections {
  my ($address) = @_;
  my $old = inet_aton($address) // return;
  my $all = sub { (stale('/proc/net/tcp', AF_INET, $old), stale('/proc/net/tcp6', AF_INET6, "\0" x 10 . "\xff" x 2 . $old)) };
  my @stale = $all->() or return;
  my $failed = eval { destroy(@stale) } // ($@ =~ s/\n.*//sr);
  my $left = () = $all->();
  print STDERR "wake: $left connections of $address live on: $failed\n" if $left;
}

# Of those with this address as struct inet_diag_req_v2, <linux/inet_diag.h>.
sub stale {
  my ($file, $family, $old) = @_;
  my @found;
  for (split /\n/, slurp($file) // '') {
    my ($from, $from_port, $to, $to_port, $state) = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /
      or next;
    next if bytes($from) ne $old || hex $state == TIME_WAIT || hex $state == LISTEN;
    my $id = pack 'n n a16 a16 L L2', hex $from_port, hex $to_port, bytes($from), bytes($to), 0, ~0 & 0xffffffff, ~0 & 0xffffffff;
    push @found, pack('C C x2 L', $family, IPPROTO_TCP, 0xffffffff) . $id;
    last if @found == MOST;
  }
  return @found;
}

# /proc has addresses as words of this machine.
sub bytes { return pack 'L*', map { hex } $_[0] =~ /(.{8})/g }

# Gives what went wrong; nothing where all are gone.
sub destroy {
  socket my $diag, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG or die "socket: $!\n";
  my $failed = '';
  for my $request (@_) {
    send $diag, pack('L S S L L', 16 + length $request, SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, 1, 0) . $request, 0
      // die "send: $!\n";
    recv $diag, my $answer, 4096, 0 // die "recv: $!\n";
    my (undef, $type, undef, undef, undef, $error) = unpack 'L S S L L l', $answer;
    next if $type != NLMSG_ERROR || !$error;
    local $! = -$error;
    $failed = "$!";
  }
  return $failed;
}

1;
