# The network card, by netdevice(7), arp(7) and route(8)'s ioctl.
package Execlaw::Network;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Socket qw(AF_INET SOCK_DGRAM inet_aton inet_ntoa);
use Execlaw::Connections;
use Execlaw::Files;

our @EXPORT = qw(connect_network default_route forget_neighbours look_at_network);

use constant {
  SIOCADDRT => 0x890B, SIOCGIFADDR => 0x8915, SIOCSIFADDR => 0x8916,
  SIOCGIFNETMASK => 0x891B, SIOCSIFNETMASK => 0x891C, SIOCSIFHWADDR => 0x8924, SIOCGIFHWADDR => 0x8927,
  SIOCDARP => 0x8953, ARPHRD_ETHER => 1, ATF_PERM => 4, RTF_UP => 1, RTF_GATEWAY => 2,
};

socket my $inet, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";

# One ioctl of a network card: 16 bytes name, 24 bytes value. Gives the value, or dies.
sub card_ioctl {
  my ($what, $card, $request, $value) = @_;
  my $ifreq = pack 'a16 a24', $card, $value // '';
  ioctl $inet, $request, $ifreq or die "$what of $card: $!\n";
  return substr $ifreq, 16;
}

sub address { return pack 'S x2 a4 x8', AF_INET, inet_aton($_[0]) // die "\"$_[0]\" is no address\n" }

sub current { my $value = eval { card_ioctl(@_) }; return defined $value ? inet_ntoa(substr $value, 4, 4) : '' }

# Card and gateway of the default route; empty where there is none.
sub default_route {
  for (split /\n/, slurp('/proc/net/route') // '') {
    my ($card, $destination, $gateway, undef, undef, undef, undef, $mask) = split;
    return ($card, inet_ntoa(pack 'L', hex $gateway)) if $destination eq '00000000' && $mask eq '00000000';
  }
  return ('', '');
}

sub card {
  return 'eth0' if -e '/sys/class/net/eth0';
  my @cards = map { m{([^/]+)/type$} } grep { (slurp($_) // '') eq ARPHRD_ETHER . "\n" } glob '/sys/class/net/*/type';
  die "there is no eth0, and " . @cards . " other network cards\n" unless @cards == 1;
  return $cards[0];
}

# The host may have made its end of the wire anew, with another hardware address.
sub forget_neighbours {
  for (split /\n/, slurp('/proc/net/arp') // '') {
    my ($address, undef, $flags, undef, undef, $card) = split;
    next unless defined $card && $address =~ /^[\d.]+$/;
    next if hex($flags) & ATF_PERM; # a user's own
    my $arpreq = pack 'a16 a16 i a16 a16', address($address), '', 0, '', $card;
    ioctl $inet, SIOCDARP, $arpreq or $!{ENXIO} or $!{ENOENT} or die "SIOCDARP of $address: $!\n";
  }
}

# The card, its gateway, and all of its settings, as they were looked at or set last. A template looks before it is saved.
my ($card, $gateway, $settings);

sub look_at_network {
  my $by;
  $card = card();
  ($by, $gateway) = default_route();
  my $mac = join ':', unpack '(H2)6', substr card_ioctl('MAC', $card, SIOCGIFHWADDR), 2, 6;
  $settings = $by ne $card ? '' : join ' ', current('address', $card, SIOCGIFADDR),
    current('netmask', $card, SIOCGIFNETMASK), $gateway, $mac;
}

# Gives the card its address, MAC and way out. Returns what the gateway was. Where all is so already, connections live on.
sub connect_network {
  my ($to) = @_;
  look_at_network() unless defined $settings;
  my $old = $gateway;
  my $new = join ' ', @{$to}{qw(address netmask gateway)}, lc $to->{mac};
  if ($settings eq $new) { forget_neighbours() }
  else {
    my ($was) = split / /, $settings;
    $settings = '';
    set_card($to);
    end_connections($was) if defined $was && $was ne $to->{address};
    ($settings, $gateway) = ($new, $to->{gateway});
  }
  return $old;
}

sub set_card {
  my ($to) = @_;
  my $mac = pack 'H12', $to->{mac} =~ s/://gr;
  # virtio-net takes another MAC while it is up. With the old address, the last one, routes and neighbours go.
  card_ioctl('MAC', $card, SIOCSIFHWADDR, pack 'S a6', ARPHRD_ETHER, $mac);
  card_ioctl('address', $card, SIOCSIFADDR, address($to->{address}));
  card_ioctl('netmask', $card, SIOCSIFNETMASK, address($to->{netmask}));
  route($to->{gateway});
}

sub route {
  my ($gateway) = @_;
  # struct rtentry of a 64-bit machine, <linux/route.h>
  my $rtentry = pack 'x8 a16 a16 a16 S x62', address('0.0.0.0'), address($gateway), address('0.0.0.0'),
    RTF_UP | RTF_GATEWAY;
  ioctl $inet, SIOCADDRT, $rtentry or $!{EEXIST} or die "route by $gateway: $!\n";
}

1;
