# Files, written so that nobody ever reads half of one.
package Execlaw::Files;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Fcntl qw(O_CREAT O_EXCL O_WRONLY);
use Execlaw::Kernel;

our @EXPORT = qw(make_directories mounted own_file put slurp);

sub slurp {
  my ($path) = @_;
  open my $in, '<:raw', $path or return undef;
  local $/;
  return scalar readline($in) // '';
}

sub make_directories {
  my ($path) = @_;
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

# A disk that has it already is not written to.
sub put {
  my ($path, $content, $mode) = @_;
  my $old = slurp($path);
  return if defined $old && $old eq $content;
  # A mount point or a link must stay what it is.
  if (-l $path || mounted($path)) { replace_content($path, $content) }
  else { replace_file($path, $content, $mode) }
}

sub replace_content {
  my ($path, $content) = @_;
  open my $out, '+<:raw', $path or die "write $path: $!\n";
  print {$out} $content or die "write $path: $!\n";
  truncate $out, length $content or die "truncate $path: $!\n";
  close $out or die "write $path: $!\n";
}

sub replace_file {
  my ($path, $content, $mode) = @_;
  my $new = "$path.execlaw-new";
  unlink $new;
  sysopen my $out, $new, O_WRONLY | O_CREAT | O_EXCL, 0600 or die "write $new: $!\n";
  print {$out} $content or die "write $new: $!\n";
  chmod $mode, $out or die "chmod $new: $!\n";
  close $out or die "write $new: $!\n";
  rename $new, $path or die "rename $new: $!\n";
}

# MODE,HEX,PATH: the content in memory (tmpfs), a link to it at the path, so that no disk has it.
sub own_file {
  my ($mode, $hex, $path) = split /,/, $_[0], 3;
  die "file is not MODE,HEX,PATH\n"
    unless defined $path && $mode =~ /^[0-7]{3,4}$/ && $hex =~ /^[0-9a-f]*$/ && $path =~ m{^/[!-~]+$};
  my ($own, $link) = ("$root/run/execlaw/own$path", "$root$path");
  die "$path is a directory\n" if -d $link && !-l $link;
  make_directories(substr $_, 0, rindex $_, '/') for $own, $link;
  put($own, pack('H*', $hex), oct $mode);
  chmod oct $mode, $own or die "chmod $own: $!\n";
  return if -l $link && readlink($link) eq $own;
  my $new = "$link.execlaw-new";
  unlink $new;
  symlink $own, $new or die "symlink $new: $!\n";
  rename $new, $link or die "rename $new: $!\n";
}

1;
