# What a machine is called: hostname, hosts, machine-id, boot-id.
package Execlaw::Names;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Execlaw::Files;
use Execlaw::Kernel;

our @EXPORT = qw(name_hosts name_machine name_servers prepare_names);

my $seed = "$root/var/lib/systemd/random-seed";
my $own_boot_id = "$root/run/execlaw/boot_id";
my $prepared; # hosts that are not ours, as the template has them

# Does what a clone need not do. Every piece of code that a clone runs first costs an emulated processor much.
sub prepare_names {
  cover_boot_id();
  put("$root/run/machine-id", slurp("$root/etc/machine-id") // '', 0444);
  $prepared = other_hosts(hostname(), hostname());
  unlink $seed;
}

# What a user wrote stays; ours are the line of the machine's own name and that of the gateway.
sub name_hosts {
  my ($was, $is, $gateway) = @_;
  my $others = $prepared // other_hosts($was, $is);
  undef $prepared;
  put("$root/etc/hosts", "${others}127.0.1.1 $is\n$gateway gateway.execlaw gateway.local\n", 0644);
}

sub other_hosts {
  my ($was, $is) = @_;
  my $hosts = slurp("$root/etc/hosts") // "127.0.0.1 localhost\n";
  my $ours = qr/^\s*(?:127\.0\.1\.1\s+(?:\Q$was\E|\Q$is\E)|[\d.]+\s+gateway\.execlaw(?:\s+gateway\.local)?)\s*$/;
  return join '', map { "$_\n" } grep { !/$ours/ } split /\n/, $hosts;
}

# The gateway may be among the name servers: then the new one is.
sub name_servers {
  my ($old, $new) = @_;
  my $servers = slurp("$root/etc/resolv.conf");
  return unless defined $servers && $old ne '' && $old ne $new;
  put("$root/etc/resolv.conf", $servers, 0644) if $servers =~ s/^([ \t]*nameserver[ \t]+)\Q$old\E[ \t]*$/$1$new/mg;
}

sub name_machine {
  my ($hostname, $id) = @_;
  rename_machine($hostname);
  put("$root/etc/hostname", "$hostname\n", 0644);
  my $other = (slurp("$root/etc/machine-id") // '') ne "$id\n";
  put("$root/etc/machine-id", "$id\n", 0444);
  put("$root/run/machine-id", "$id\n", 0444);
  my $bus = "$root/var/lib/dbus/machine-id";
  put($bus, "$id\n", 0444) if -f $bus && !-l $bus;
  unlink $seed;
  new_boot_id() if $other;
}

sub new_boot_id {
  cover_boot_id();
  open my $in, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
  sysread($in, my $bytes, 16) == 16 or die "/dev/urandom gave too little\n";
  my @words = unpack 'n8', $bytes;
  $words[3] = $words[3] & 0x0fff | 0x4000; # RFC 9562, version 4
  $words[4] = $words[4] & 0x3fff | 0x8000;
  open my $out, '+<', $own_boot_id or die "$own_boot_id: $!\n"; # not another file: this one is what is mounted
  syswrite $out, sprintf "%04x%04x-%04x-%04x-%04x-%04x%04x%04x\n", @words or die "$own_boot_id: $!\n";
}

# The kernel never changes its boot_id: a file of ours lies over it, and only its content changes when a clone wakes.
# systemd looks at every mount, and so this one is best made before a template is saved.
my $covered;

sub cover_boot_id {
  my $boot_id = "$root/proc/sys/kernel/random/boot_id";
  return if $covered;
  $covered = 1;
  return if mounted($boot_id);
  put($own_boot_id, slurp($boot_id) // die("$boot_id: $!\n"), 0444);
  bind_mount($own_boot_id, $boot_id);
}

1;
