#!/usr/bin/env perl
# Says of the audit log in each folder named: "whole N", or "KIND SEQ". Written from `replaybook audit --format` alone.
use strict; use warnings; use JSON::PP; use Digest::SHA 'sha256_hex';
my ($json, $hex) = (JSON::PP->new->ascii->canonical, qr/[0-9a-f]{64}/);
my $head_form = qr/\A\{"entries":(0|[1-9]\d*),"hash":"($hex)","size":(0|[1-9]\d*),"next":(?:null|"($hex)")\}\n\z/;
sub content { open(my $file, '<:raw', $_[0]) or return undef; local $/; my $all = <$file>; defined $all ? $all : '' }
sub canonical { my $text = $json->encode($_[0]); $text =~ s/\x7f/\\u007f/g; $text }    # JSON::PP leaves DEL as it is
sub entry {    # the entry of a true line
    my $e = eval { $json->decode($_[0]) };
    return undef unless ref $e eq 'HASH' && canonical($e) eq $_[0] && $_[0] =~ /"seq":-?\d+,/;
    return undef unless "@{[sort keys %$e]}" eq 'action actor at details hash prev seq subject';
    my $hash = delete $e->{hash};
    return sha256_hex(canonical($e)) eq $hash ? { %$e, hash => $hash } : undef;
}
sub check {
    my ($log, $head) = (content("$_[0]/audit.ndjson"), content("$_[0]/audit.head"));
    $head = '' if defined $log && !defined $head;
    my @line = split /\n/, $log // '', -1;
    my $rest = pop(@line) // '';
    my @e = (undef, map { entry($_) } @line);
    my @true = grep { $e[$_] } 1 .. $#e;
    my ($said, $h, $size, $next) = ($head // '') =~ $head_form;
    ($said, $h) = @true ? @{ $e[$true[-1]] }{qw(seq hash)} : (0, '0' x 64) unless defined $said;
    my ($named) = grep { $e[$_]{hash} eq $h } @true;
    my $n = $named ? $e[$named]{seq} : $said;
    my ($want, $above, $bytes, %at) = ($h, $#e + 1, 0);
    for my $s (reverse 1 .. $n) {    # backwards: which entries are still there
        my @found = grep { $e[$_]{seq} == $s && (!$want || $e[$_]{hash} eq $want) } @true;
        my %before = map { $e[$_]{hash} => 1 } grep { $e[$_]{seq} == $s - 1 } @true;
        %before = ('0' x 64 => 1) if $s == 1;
        my @linked = $want ? () : grep { $before{ $e[$_]{prev} } } @found;
        @found = @linked if @linked;
        $want = '';
        next unless @found;
        my @higher = grep { $_ < $above } @found;
        $above = $at{$s} = @higher ? $higher[-1] : $found[-1];
        ($want, $bytes) = ($e[$above]{prev}, $bytes + 1 + length $line[$above - 1]);
    }
    my %is = reverse %at;
    my ($s, $l) = (1, 1);
    while ($s <= $n || $l <= $#e) {    # forwards: what was done
        if ($l <= $#e && !$is{$l}) {
            return "edited $s" if $s <= $n && !$at{$s};
            my $now = $l == $#e && $e[$l] ? "$e[$l]{seq} $e[$l]{prev} $e[$l]{hash}" : '';
            return "inserted $l" unless $next && $now eq "@{[$n + 1]} $h $next";
            ($next, $l) = (undef, $l + 1);
        }
        elsif (!$at{$s}) { return $l <= $#e ? "deleted $s" : "truncated $s" }
        else { return "reordered $l" if $is{$l} != $s; $s++; $l++ }
    }
    return "inserted $l" if $rest ne '' && !$next;
    return "whole $#e" if !defined $head;
    return "truncated $l" if $head !~ /\n\z/;
    return !defined $size || $said != $n || $size != $bytes ? "edited $l" : "whole $#e";
}
print check($_), "\n" for @ARGV;
