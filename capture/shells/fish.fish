# Tells the recording host where each command begins and ends. Read once by an interactive fish, behind its own startup files.
# The host writes __rb_dir in front of this text. Everything is said twice: in full to $__rb_dir/side, then by a mark on the terminal.

builtin read -gL __rb_nonce __rb_token __rb_mode <$__rb_dir/nonce
# Emptied before the first prompt: no command can read the nonce.
builtin printf '' >$__rb_dir/nonce
set -g __rb_seq 0
# prompt → running → settled → told → prompt; a ctrl-C may end a handler anywhere, then the next one makes up for it.
set -g __rb_state settled
set -g __rb_status 0
set -g __rb_took ''
set -g __rb_lent
# The functions of the startup files are told at the first prompt.
set -g __rb_command function
set -g __rb_pattern function
set -g __rb_own
set -g __rb_named
# What may define functions: besides these words, any function that does not stand in a file of its own.
set -g __rb_defining function functions source eval alias funced

function __rb_mark
    builtin printf '\e]133;%s;%s;%s%s\a' $argv[1] $__rb_nonce $__rb_seq "$argv[2]"
end

function __rb_tell
    builtin printf '%s\0' $__rb_token $argv >>$__rb_dir/side
end

# Anybody may emit these events while a command runs. The variable is quicker, and deprecated.
function __rb_idle
    test "$_" = fish; or test (builtin status current-command) = fish
end

# Last of the user's own handlers: a command is about to run.
function __rb_preexec --on-event fish_preexec
    set -l was $status
    __rb_idle; and __rb_begin $was $argv[1]
end

function __rb_begin
    test $__rb_state = prompt; or set -g __rb_seq (math $__rb_seq + 1)
    set -g __rb_generation $status_generation
    set -g __rb_before $argv[1]
    set -g __rb_command $argv[2]
    __rb_tell C $__rb_seq $argv[1] "$PWD" $argv[2]
    __rb_mark C
    set -g __rb_state running
end

# A command has ended; what handlers behind this one print is not its output.
function __rb_postexec --on-event fish_postexec
    set -l was $status
    __rb_idle; or return
    test $__rb_state = running; or __rb_begin $was $argv[1]
    __rb_settle $was
end

function __rb_settle
    set -g __rb_status $argv[1]
    set -g __rb_took $CMD_DURATION
    # A command without a status of its own (`set`, a comment) leaves that of the one before; so, by its looks, does one
    # that fails as the one before has failed, before it is run: no match, not executable.
    if test "$status_generation $argv[1]" = "$__rb_generation $__rb_before"
        contains -- $argv[1] 121 123 124 126 127; and not builtin string match -qr '^\s*(?:set\s|#)|&\s*$' -- $__rb_command; or set -g __rb_status 0
    end
    __rb_mark E
    set -g __rb_state settled
end

# Before each prompt. Waits for the host.
function __rb_prompt --on-event fish_prompt
    set -l was $status
    __rb_idle; or return
    test $__rb_state != running; or __rb_settle $was
    __rb_end
end

function __rb_end
    for name in $__rb_lent
        __rb_take_back $name
    end
    set -g __rb_lent
    __rb_tell D $__rb_seq $__rb_status "$__rb_took" "$PWD"
    test $__rb_mode = typed; or builtin set -guL >$__rb_dir/kept(math $__rb_seq % 2)
    __rb_tell_state >>$__rb_dir/side
    __rb_mark D ";$__rb_status"
    set -g __rb_state told
    while builtin read -l seq <$__rb_dir/go
        test "$seq" != $__rb_seq; or break
    end
    set -g __rb_seq (math $__rb_seq + 1)
    set -g __rb_state prompt
    set -g __rb_took
    # Where the user changes their bindings, ours come back.
    for mode in default insert $fish_bind_mode
        builtin bind -M $mode \x1f\x1e\x1d __rb_take
    end
    __rb_mark B
end

function __rb_tell_state
    set -l __rb_now "$(set -xL)"
    if test "$__rb_now" = "$__rb_exported"
        builtin printf '=\0'
    else
        set -g __rb_exported $__rb_now
        set -l __rb_names (set -nx)
        builtin printf '%s\0' (count $__rb_names $__rb_names)
        for __rb_name in $__rb_names
            builtin printf '%s\0' $__rb_name "$$__rb_name"
        end
    end
    builtin status is-full-job-control; and builtin printf 'full-job-control\0'; or builtin printf '\0'
    if test $__rb_state != prompt; and builtin --query abbr
        builtin abbr --show
        builtin printf '\0'
    else
        builtin printf '=\0'
    end
    if test $__rb_state != prompt; and builtin string match -qr $__rb_pattern -- "$__rb_command"
        __rb_tell_functions
    else
        builtin printf '=\0'
    end
end

# Those that no file of fish_function_path holds (to ask for such a one would load it), and those that a command named.
function __rb_tell_functions
    set -l names (functions --names)
    if test "$names" != "$__rb_all"
        set -g __rb_all $names
        set -g __rb_own
        set -l files (builtin string replace -rf '.*/(.*)\.fish$' '$1' -- $fish_function_path/*.fish)
        for name in $names
            contains -- $name $files; or set -ga __rb_own $name
        end
        set -g __rb_pattern '(?:^|[\s;])\.\s|\b(?:'(builtin string escape --style=regex -- $__rb_defining $__rb_own | builtin string join '|')')\b'
    end
    # One that stands in a file as well may get another definition.
    set -ga __rb_named (builtin string match -arg '(?:function|alias)\s+([\w.-]+)' -- "$__rb_command")
    set -l own
    for name in $__rb_own $__rb_named
        functions --query $name; and not contains -- $name $own; and set -a own $name
    end
    set -l texts
    test -z "$own"; or set texts (functions $own)
    if test "$texts" = "$__rb_texts"
        builtin printf '=\0'
        return
    end
    set -g __rb_texts $texts
    builtin printf '%s\0' (count $own $own)
    for name in $own
        builtin printf '%s\0' $name (functions $name | builtin string collect)
    end
end

# Variables for the next command alone; what they were before is put back after it.
function __rb_lend
    while builtin read -lz __rb_name; and builtin read -lz __rb_value
        set -ga __rb_lent $__rb_name
        if set -qg $__rb_name
            set -g __rb_was_$__rb_name (set -qgx $__rb_name; and echo -x; or echo -u) $$__rb_name
        end
        set -gx $__rb_name $__rb_value
    end
end

function __rb_read_typed
    builtin read -gz __rb_text
    __rb_lend
end

function __rb_take_back
    set -l __rb_was __rb_was_$argv[1]
    if set -q $__rb_was
        set -l __rb_values $$__rb_was
        set -g $__rb_values[1] $argv[1] $__rb_values[2..]
        set -eg $__rb_was
    else
        set -eg $argv[1]
    end
end

# The key that a script presses: its text lies in a file, and is taken as it is, whatever is bound to a paste or to enter.
function __rb_take
    __rb_read_typed <$__rb_dir/typed
    set -l text $__rb_text
    set -e __rb_text
    # Behind a blank no abbreviation is expanded: a replay's text has been through that.
    test $__rb_mode = typed; or set text "$text "
    builtin commandline -r -- $text
    if builtin string match -qr '\S' -- $text; and builtin commandline --is-valid
        builtin commandline -f execute
        return
    end
    # The line editor would keep what it can't run: another fish says why, and runs nothing.
    builtin commandline -r ''
    builtin printf '%s\n' $text
    __rb_begin $status $text
    set -l fish (builtin status fish-path)
    builtin printf '%s\n' $text | command $fish --no-config --no-execute
    set -g __rb_status $status
    set -g __rb_took
    __rb_mark E
    __rb_end
    builtin commandline -f repaint
end

if test $__rb_mode = handed
    set -g fish_history ''
end
# What handlers of the user's print that ran before ours would be output of the command: they are defined anew, behind ours.
for __rb_handler in (functions --handlers-type generic | builtin string replace -rf '^fish_postexec (?!__rb_)' '')
    functions $__rb_handler | builtin source
end
set -e __rb_handler
test $__rb_mode = typed; or set -guL >$__rb_dir/kept
test -r $__rb_dir/before; and source $__rb_dir/before >/dev/null 2>&1
