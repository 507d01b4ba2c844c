# Tells the recording host where each command begins and ends. Read once by an interactive zsh, as the .zshenv of a private ZDOTDIR.
# The host writes __rb_dir in front of this text. Everything is said twice: in full to $__rb_dir/side, then by a mark on the terminal.

# From here on ZDOTDIR is the user's own again: zsh itself reads the rest of their startup files.
if (( ${+REPLAYBOOK_ZDOTDIR} )); then
  export ZDOTDIR=$REPLAYBOOK_ZDOTDIR
  unset REPLAYBOOK_ZDOTDIR
else
  unset ZDOTDIR
fi

{ builtin read -r __rb_nonce; builtin read -r __rb_token; builtin read -r __rb_mode } <$__rb_dir/nonce
# Emptied before anything of the user's runs: no child can read the nonce.
: >|$__rb_dir/nonce
typeset -gi __rb_seq=0 __rb_wraps=0
typeset -g __rb_told='' __rb_ran=1 __rb_armed='' __rb_undo='' __rb_widget='' __rb_begun=1
typeset -g __rb_status='' __rb_define='' __rb_options='' __rb_aliases='' __rb_functions=''
# /dev/tty survives `exec >file`; where the terminal doesn't control this session, only the shell's own input is sure to be it.
typeset -g __rb_tty=/dev/tty
{ : >/dev/tty } 2>/dev/null || __rb_tty=/dev/stdin
zmodload zsh/sched zsh/parameter zsh/mapfile
zmodload -F zsh/datetime p:EPOCHREALTIME

builtin emulate zsh -o no_err_exit -o no_err_return -o no_xtrace -o no_aliases -o no_all_export -o no_debug_before_cmd \
  -o local_traps -c 'builtin source $__rb_dir/hooks'

# The user's options are looked at before ours are set; what hands a status on stands in a list, for then `set -e` lets it be.
__rb_precmd() { local __rb_was=$?; __rb_stand; __rb_end "$__rb_was" "${(j: :)${(@kv)options}}" && : } >/dev/null 2>&1
# Behind the user's startup files, with their options.
__rb_stand() {
  [[ $__rb_mode != handed || -e $__rb_dir/kept ]] || builtin typeset -p >|$__rb_dir/kept
  [[ ! -r "$__rb_dir/before" ]] || { builtin source "$__rb_dir/before"; command rm -f "$__rb_dir/before" }
  :
}
__rb_preexec() { __rb_begin "$?" "$1" } >/dev/null 2>&1
__rb_prompt() {
  __rb_install "${options[zle]:#off}"
  # Not defined in there: what calls functions of the user must not have options of ours.
  builtin eval "$__rb_define"
  [[ $__rb_mode != handed ]] || builtin setopt no_bang_hist
} >/dev/null 2>&1
# What is due runs before a prompt; where an error in the user's own hooks has left that out, once the line editor waits.
__rb_repair() { __rb_make_up "$?" && : } >/dev/null 2>&1
__rb_make_up() {
  if [[ -n $__rb_begun ]]; then
    __rb_end "$1" "${(j: :)${(@kv)options}}" && :
    __rb_prompt
    # Too late for the line editor to tell that it begins.
    ! builtin zle || __rb_mark B
  fi
  return "$1"
}

[[ $__rb_mode != handed ]] || setopt no_bang_hist
typeset -ga precmd_functions preexec_functions
precmd_functions+=(__rb_quiet __rb_precmd __rb_prompt)
preexec_functions+=(__rb_preexec)
builtin sched +0 '__rb_repair && :'
# Who has no startup files yet is not asked about them in a recording.
zsh-newuser-install() { : }

if [[ -r ${ZDOTDIR:-$HOME}/.zshenv ]]; then source ${ZDOTDIR:-$HOME}/.zshenv; fi
