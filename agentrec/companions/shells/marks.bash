# Read by bash in place of ~/.bashrc (--rcfile): does what bash would have done, then marks commands.
# Functions come first, so that aliases of the user's do not change what they mean.

__agentrec_prompt() {
    builtin local status=$?
    __agentrec_number='\!'
    __agentrec_number=${__agentrec_number@P}
    builtin printf '\e]133;D;%s;agentrec=%s\a\e]133;A;agentrec=%s\a' \
        "$status" "$__agentrec_nonce" "$__agentrec_nonce" 2>/dev/null >/dev/tty
    builtin return "$status"
}

# Runs in a subshell, when a command line was read (PS0). The text comes from the history; a line
# that is not in the history because it starts with a blank has no text.
__agentrec_command() {
    builtin local number='\!' text again=0
    number=${number@P}
    [[ $number == "$__agentrec_number" ]] && again=1
    text=$(HISTTIMEFORMAT='' \builtin history 1) # parsed when it runs, so aliases would count
    if [[ $text =~ ^[[:space:]]*[0-9]+[*]?[[:space:]]+ ]]; then
        text=${text:${#BASH_REMATCH[0]}:4096}
    fi
    builtin printf '\e]133;C;agentrec=%s;again=%s;cwd=%q;cmdline=%q\a' \
        "$__agentrec_nonce" "$again" "$PWD" "$text" 2>/dev/null >/dev/tty
}

__agentrec_install() {
    builtin local status=$?
    __agentrec_nonce=${AGENTREC_NONCE-}
    builtin unset -v AGENTREC_NONCE
    # PS0 and ${...@P} came with 4.4.
    if [[ -n $__agentrec_nonce ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
        PS0='$(__agentrec_command)'${PS0-}
        if [[ $(\builtin declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
            PROMPT_COMMAND=(__agentrec_prompt "${PROMPT_COMMAND[@]}")
        else
            # A variable that is exported reaches shells that do not know the function.
            PROMPT_COMMAND='case ${__agentrec_nonce-} in ?*) __agentrec_prompt;; esac'${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
        fi
    fi
    builtin unset -f __agentrec_install
    builtin return "$status"
}

if [[ -r ~/.bashrc ]]; then
    . ~/.bashrc
fi
__agentrec_install
