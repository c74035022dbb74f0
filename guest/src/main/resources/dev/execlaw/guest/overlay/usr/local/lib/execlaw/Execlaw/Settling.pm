# Makes a machine ready to be saved as a template.
package Execlaw::Settling;
use strict;
use warnings FATAL => 'all';
no warnings 'qw'; # the commas below are for glob
use Exporter qw(import);
use Execlaw::Files;
use Execlaw::Kernel;

our @EXPORT = qw(quiet_down warm_up);

# What an agent's first steps read, so that a clone finds it in memory; a name that is not there is no matter.
my @soon = qw(
  /bin/{sh,bash,cat,chmod,cp,date,df,echo,env,find,grep,head,id,ls,mkdir,mv,ps,pwd,rm,sed,sleep,sort,tail,touch,tr,wc}
  /usr/bin/{awk,curl,git,getent,python3,setsid,timeout} /usr/local/bin/nullclaw /usr/sbin/sshd /etc/ssh/sshd_config
  /usr/lib/*-linux-gnu/lib{acl,c,crypt,crypto,curl*,m,ncursesw,nghttp2,pcre2-8,proc*,selinux,ssl,stdc++,tinfo,z}.so.*
  /usr/local/lib/execlaw/* /etc/ssl/certs/ca-certificates.crt /etc/{hosts,nsswitch.conf,passwd,resolv.conf,services}
);

sub warm_up {
  for my $path (map { glob "$root$_" } @soon) {
    next unless -f $path && open my $in, '<:raw', $path;
    my $buffer;
    1 while sysread $in, $buffer, 65536;
  }
}

# Returns once the processors were idle on two looks in a row, or dies when that is not so some milliseconds after a point of
# CLOCK_MONOTONIC.
sub quiet_down {
  my ($since, $limit) = @_;
  my $quiet = 0;
  while ($quiet < 2) {
    my $busy = busy(0.1);
    $quiet = $busy <= 0.05 ? $quiet + 1 : 0;
    die sprintf "not quiet within %d ms: processors busy to %d %%\n", $limit, 100 * $busy
      if !$quiet && nanoseconds(CLOCK_MONOTONIC) > $since + $limit * 1_000_000;
  }
}

# The part of the processors' time that was not idle, over some seconds.
sub busy {
  my ($seconds) = @_;
  my @before = ticks();
  select undef, undef, undef, $seconds;
  my @after = ticks();
  my $all = $after[0] - $before[0];
  return $all > 0 ? 1 - ($after[1] - $before[1]) / $all : 0;
}

sub ticks { # all, idle; proc(5)
  my ($line) = (slurp("$root/proc/stat") // die "/proc/stat: $!\n") =~ /^cpu +(.*)$/m;
  my @fields = split ' ', $line;
  my $all = 0;
  $all += $_ for @fields[0 .. 7];
  return ($all, $fields[3] + $fields[4]);
}

1;
