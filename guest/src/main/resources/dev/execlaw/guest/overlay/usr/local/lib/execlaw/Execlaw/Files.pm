# Files, written so that nobody reads half of one, and few blocks of a disk change.
package Execlaw::Files;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Fcntl qw(O_CREAT O_EXCL O_RDONLY O_WRONLY);
use Execlaw::Kernel;

use constant PAGE => 4096;

# What every clone is given. A template has links for it, and empty files: then a clone need not write to its disk for it.
my @given = (
  ['/etc/ssh/ssh_host_ed25519_key', 0600], ['/etc/ssh/ssh_host_ed25519_key.pub', 0644],
  ['/etc/ssh/execlaw_authorized_keys', 0600], ['/root/.nullclaw/config.json', 0600],
);

our @EXPORT = qw(lay_links make_directories mounted own_file put slurp);

sub slurp {
  my ($path) = @_;
  sysopen my $in, $path, O_RDONLY or return undef;
  my $all = '';
  while (my $count = sysread $in, $all, 65536, length $all) { }
  return $all;
}

sub make_directories {
  my ($path) = @_;
  return if -d $path;
  my $made = '';
  for my $part (grep { length } split m{/}, $path) {
    $made .= "/$part";
    next if -d $made;
    mkdir $made, 0755 or $!{EEXIST} or die "mkdir $made: $!\n";
  }
}

sub mounted {
  my ($path) = @_;
  my $all = slurp('/proc/self/mountinfo') // '';
  return $all =~ m{^\S+ \S+ \S+ \S+ \Q$path\E }m;
}

# A disk that has it already is not written to. What fits into the file's page is written there by one call: a new file
# in the old one's place would have ext4 look for an inode and a block, which is most of a clone's waking.
sub put {
  my ($path, $content, $mode) = @_;
  my $old = slurp($path);
  return if defined $old && $old eq $content;
  my $fits = defined $old && length $old <= PAGE && length $content <= PAGE;
  # A mount point or a link must stay what it is.
  if ($fits || -l $path || mounted($path)) { replace_content($path, $content, length($old // '')) }
  else { replace_file($path, $content, $mode) }
}

sub replace_content {
  my ($path, $content, $was) = @_;
  my $size = length $content;
  sysopen my $out, $path, O_WRONLY or die "write $path: $!\n";
  (syswrite($out, $content) // -1) == $size or die "write $path: $!\n";
  $was <= $size or truncate $out, $size or die "truncate $path: $!\n";
}

sub replace_file {
  my ($path, $content, $mode) = @_;
  my $new = "$path.execlaw-new";
  unlink $new;
  sysopen my $out, $new, O_WRONLY | O_CREAT | O_EXCL, 0600 or die "write $new: $!\n";
  for (my $done = 0; $done < length $content;) {
    $done += syswrite($out, $content, length($content) - $done, $done) // die "write $new: $!\n";
  }
  chmod $mode, $out or die "chmod $new: $!\n";
  close $out or die "write $new: $!\n";
  rename $new, $path or die "rename $new: $!\n";
}

# MODE,HEX,PATH: the content in memory (tmpfs), a link to it at the path, so that no disk has it.
sub own_file {
  my ($mode, $hex, $path) = split /,/, $_[0], 3;
  die "file is not MODE,HEX,PATH\n"
    if !defined $path || $mode eq '' || $mode =~ tr/0-7//c || $hex =~ tr/0-9a-f//c || substr($path, 0, 1) ne '/';
  place($path, pack('H*', $hex), oct $mode);
}

sub place {
  my ($path, $content, $mode) = @_;
  my ($own, $link) = ("$root/run/execlaw/own$path", "$root$path");
  my $linked = (readlink($link) // '') eq $own;
  die "$path is a directory\n" if !$linked && -d $link && !-l $link;
  my $has = (lstat $own)[2];
  if ($linked && defined $has && -f _) { # made ready in a template
    ($has & 07777) == $mode or chmod $mode, $own or die "chmod $own: $!\n";
    put($own, $content, $mode);
    return;
  }
  make_directories(substr $_, 0, rindex $_, '/') for $linked ? $own : ($own, $link);
  replace_file($own, $content, $mode);
  lay_link($own, $link) unless $linked;
}

sub lay_link {
  my ($own, $link) = @_;
  my $new = "$link.execlaw-new";
  unlink $new;
  symlink $own, $new or die "symlink $new: $!\n";
  rename $new, $link or die "rename $new: $!\n";
}

# What it has there already goes along: the template itself has a key of its own until it is saved.
sub lay_links {
  for (@given) {
    my ($path, $mode) = @$_;
    place($path, slurp("$root$path") // '', $mode);
  }
}

1;
