package dev.execlaw.exec;

import java.util.Map;
import java.util.TreeMap;

/** Commands as the guest's login shell reads them. */
final class ShellText {

    /**
     * Tells its process id on standard error behind a word that only we know, then becomes the command. Arguments: the
     * word, the directory or nothing, the command, variables.
     */
    private static final String BECOME = "echo \"$1 $$\" >&2;"
            + " if [ -n \"$2\" ]; then cd -- \"$2\" || exit 125; fi;"
            + " c=$3; shift 3; exec env \"$@\" sh -c \"$c\"";

    /**
     * The command shall lead a process group, so that all of it can be killed. OpenSSH's sshd gives every command one;
     * where the shell leads none, setsid makes it the leader without a fork: exit status and signal stay the command's.
     */
    private static final String LEAD =
            "read -r _ _ _ _ g _ </proc/$$/stat; s=; [ \"$g\" = $$ ] || s=setsid; exec $s sh -c ";

    private ShellText() {}

    /** What runs the command and first tells its process id behind the word. */
    static String run(ExecCommand command, String word) {
        StringBuilder text = new StringBuilder(LEAD).append(quoted(BECOME)).append(" sh ");
        text.append(word).append(' ');
        text.append(quoted(command.cwd() == null ? "" : command.cwd())).append(' ');
        text.append(quoted(command.command()));
        for (Map.Entry<String, String> variable : new TreeMap<>(command.env()).entrySet()) {
            text.append(' ').append(quoted(variable.getKey() + "=" + variable.getValue()));
        }
        return text.toString();
    }

    /** What kills a process group. */
    static String kill(long group) {
        return "kill -KILL -" + group;
    }

    /** One word of a POSIX shell, whatever it holds. */
    static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
