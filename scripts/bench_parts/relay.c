/* The least a terminal relay can do: bytes between two PTYs, nothing else. The yardstick of throughput. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <poll.h>
#ifdef __APPLE__
#include <util.h>
#else
#include <pty.h>
#endif
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char buffer[65536];

static int pass(int from, int to) {
    ssize_t got = read(from, buffer, sizeof buffer);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    for (ssize_t done = 0; done < got;) {
        ssize_t sent = write(to, buffer + done, (size_t)(got - done));
        if (sent < 0 && errno != EINTR)
            return 0;
        if (sent > 0)
            done += sent;
    }
    return 1;
}

int main(int argc, char **argv) {
    struct termios cooked, raw;
    struct winsize size;
    int master, status;
    if (argc < 2 || tcgetattr(0, &cooked) || ioctl(0, TIOCGWINSZ, &size))
        return 2;
    pid_t child = forkpty(&master, NULL, &cooked, &size);
    if (child < 0)
        return 2;
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    raw = cooked;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    struct pollfd fds[2] = {{0, POLLIN, 0}, {master, POLLIN, 0}};
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents && !pass(master, 1))
            break;
        if (fds[0].revents && !pass(0, master))
            fds[0].fd = -1;
    }
    tcsetattr(0, TCSADRAIN, &cooked);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
