# Run by fish after the user's configuration (-C): marks commands.
set -g __agentrec_nonce $AGENTREC_NONCE
set -e AGENTREC_NONCE

function __agentrec_prompt --on-event fish_prompt
    printf '\e]133;A;agentrec=%s\a' $__agentrec_nonce >/dev/tty 2>/dev/null
end

# A line that starts with a blank stays out of the history, and has no text here.
function __agentrec_command --on-event fish_preexec
    set -l text "$argv"
    string match -qr '^\s' -- "$text"; and set text ''
    printf '\e]133;C;agentrec=%s;cwd_url=%s;cmdline_url=%s\a' $__agentrec_nonce \
        (string escape --style=url -- $PWD) \
        (string escape --style=url -- (string sub -l 4096 -- "$text" | string collect)) >/dev/tty 2>/dev/null
end

function __agentrec_done --on-event fish_postexec
    printf '\e]133;D;%s;agentrec=%s\a' $status $__agentrec_nonce >/dev/tty 2>/dev/null
end
