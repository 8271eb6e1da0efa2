# Read by zsh in place of the user's .zshenv (ZDOTDIR): puts ZDOTDIR back, so that everything else is
# read from where it is, reads the user's .zshenv, and marks commands from the first prompt on.
if [[ -n ${AGENTREC_ZDOTDIR+set} ]]; then
    builtin export ZDOTDIR=$AGENTREC_ZDOTDIR
    builtin unset AGENTREC_ZDOTDIR
else
    builtin unset ZDOTDIR
fi

if [[ -o interactive && -n ${AGENTREC_NONCE-} ]]; then
    builtin typeset -g __agentrec_nonce=$AGENTREC_NONCE

    # A line that starts with a blank may be one to keep out of the history: it has no text here.
    __agentrec_command() {
        builtin local text=${1:-$3}
        [[ -o hist_ignore_space && $text == ' '* ]] && text=
        builtin emulate -L zsh
        builtin printf '\e]133;C;agentrec=%s;cwd=%s;cmdline=%s\a' \
            $__agentrec_nonce "${(qqqq)PWD}" "${(qqqq)text[1,4096]}" 2>/dev/null >/dev/tty
    }

    __agentrec_prompt() {
        builtin local code=$?
        builtin emulate -L zsh
        builtin printf '\e]133;D;%s;agentrec=%s\a\e]133;A;agentrec=%s\a' \
            $code $__agentrec_nonce $__agentrec_nonce 2>/dev/null >/dev/tty
        builtin return $code
    }

    # Once the user's files have been read; first, so that $? is that of the command.
    __agentrec_install() {
        builtin local code=$?
        precmd_functions=(__agentrec_prompt ${precmd_functions:#__agentrec_install})
        preexec_functions=(__agentrec_command ${preexec_functions-})
        __agentrec_prompt
        builtin unfunction __agentrec_install
        builtin return $code
    }
    builtin typeset -ga precmd_functions preexec_functions
    precmd_functions+=(__agentrec_install)
fi
builtin unset AGENTREC_NONCE

if [[ -r ${ZDOTDIR-$HOME}/.zshenv ]]; then
    builtin source ${ZDOTDIR-$HOME}/.zshenv
fi
