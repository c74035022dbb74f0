# Ends what the agent runs and not the agent, by what /proc tells. Starts no process: where the processor is emulated, each
# that interrupt-tool starts for the same takes milliseconds.
package Execlaw::Interrupt;
use strict;
use warnings FATAL => 'all';
use Exporter qw(import);
use Execlaw::Files;
use Execlaw::Kernel;

our @EXPORT = qw(interrupt_tools);

use constant { KTHREADD => 2, TERM_AFTER => 0.3, KILLED_AFTER => 2, LOOK_AFTER => 0.01 };

# Processes that have not ended, by pid: name, parent, group. Not the kernel's own, which are most of them in a small guest
# and are known once seen.
sub processes {
  my ($kernels) = @_;
  my %all;
  opendir my $proc, '/proc' or die "/proc: $!\n";
  for my $pid (readdir $proc) {
    next if $pid =~ tr/0-9//c || $kernels->{$pid};
    # A name stands in brackets and may hold anything; behind it come state, parent and group.
    my ($name, $state, $parent, $group) = (slurp("/proc/$pid/stat") // '') =~ /\((.*)\) (\S) (\d+) (\d+)/s or next;
    if ($parent == KTHREADD) { $kernels->{$pid} = 1 }
    elsif ($state ne 'Z' && $state ne 'X') { $all{$pid} = [$name, $parent, $group] }
  }
  return \%all;
}

# Whether the second of them runs below the first.
sub below {
  my ($all, $above, $pid) = @_;
  for (my $steps = 0; $steps < 64 && $all->{$pid}; $steps++) {
    $pid = $all->{$pid}[1];
    return 1 if $pid == $above;
  }
  return 0;
}

# The agent is what the console's shell has started under this name: a program, or a script and its interpreter, with the
# word "agent" behind it. A shell that holds all that in one word, behind -c, only stands above the agent. What the agent
# has just forked is called as it is.
sub agent {
  my ($all, $program) = @_;
  my ($name) = $program =~ m{([^/]+)$} or die "no name of an agent\n";
  my %console = map { ($_ => 1) } '/dev/ttyS0', '/dev/ttyAMA0', $ENV{EXECLAW_CONSOLE} // '/dev/ttyS0'; # tests have another
  my @called = grep {
    my $words = "\0" . (slurp("/proc/$_/cmdline") // '') . "\0";
    $words =~ m{[/\0]\Q$name\E\0agent\0} && $console{readlink("/proc/$_/fd/0") // ''};
  } keys %$all;
  my ($first) = grep { my $pid = $_; !grep { below($all, $_, $pid) } @called } @called;
  return $first // die "no $name on the console\n";
}

# All that descends from the agent. A curl by which it asks its model itself is no tool: without the answer its turn would
# end in an error.
sub tools {
  my ($all, $agent) = @_;
  for my $pid (keys %$all) {
    my ($name, $parent) = @{$all->{$pid}};
    delete $all->{$pid}
      if $parent == $agent && $name eq 'curl' && (slurp("/proc/$pid/cmdline") // '') =~ m{/chat/completions};
  }
  return grep { below($all, $agent, $_) } keys %$all;
}

# Ends all that descends from an agent, process groups as wholes where they are not the agent's own, with what a tool has
# left behind in them: SIGINT, SIGTERM after a moment, SIGKILL after some seconds of patience. Returns, once all of it is
# gone, how many processes that were.
sub interrupt_tools {
  my ($program, $patience, $moment) = @_;
  $moment //= TERM_AFTER;
  my (%kernels, %met, %groups, %since, %sent, $agent);
  while (1) {
    my $now = nanoseconds(CLOCK_MONOTONIC) / 1_000_000_000;
    my $all = processes(\%kernels);
    $agent //= agent($all, $program);
    my $own = $all->{$agent} or return scalar keys %met; # it has gone, too
    my @tools = tools($all, $agent);
    for my $group (map { $all->{$_}[2] } @tools) { $groups{$group} = 1 if $group > 1 && $group != $own->[2] }
    my %found = map { ($_ => 1) } @tools, grep { $groups{$all->{$_}[2]} } keys %$all;
    return scalar keys %met unless %found;
    $met{$_} = 1 for keys %found;
    my %targets = map { (($groups{$all->{$_}[2]} ? -$all->{$_}[2] : $_) => 1) } keys %found;
    for my $target (keys %targets) {
      my $waited = $now - ($since{$target} //= $now);
      die "process $target does not end\n" if $waited > $patience + KILLED_AFTER;
      my $signal = $waited >= $patience ? 'KILL' : $waited >= $moment ? 'TERM' : 'INT';
      kill $signal, $target unless $sent{"$signal $target"}++;
    }
    select undef, undef, undef, LOOK_AFTER;
  }
}

1;
