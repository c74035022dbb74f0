package dev.execlaw.microvm.machine;

/** Why a machine ended. */
public sealed interface MachineExit {

    /** One sentence for people. */
    String describe();

    /** The guest powered itself off. */
    record PoweredOff() implements MachineExit {
        @Override
        public String describe() {
            return "the guest powered off";
        }
    }

    /**
     * The guest rebooted itself (also by kernel panic, with {@code panic=1}, where that is not told apart); machines end
     * at a reboot.
     */
    record Rebooted() implements MachineExit {
        @Override
        public String describe() {
            return "the guest rebooted";
        }
    }

    /**
     * The guest's kernel panicked.
     *
     * @param consoleTail last lines of the console, where the kernel says why
     */
    record Panicked(String consoleTail) implements MachineExit {
        @Override
        public String describe() {
            return "the guest's kernel panicked";
        }
    }

    /** We ended it: asked and it went in time ({@code forced} false), or killed it. */
    record ShutDown(boolean forced) implements MachineExit {
        @Override
        public String describe() {
            return forced ? "the machine was killed" : "the machine was shut down";
        }
    }

    /**
     * The VMM died without being asked.
     *
     * @param status exit status as the shell tells it (128 + signal), or -1 when it is not our child and unknown
     * @param consoleTail last lines of the console
     */
    record Crashed(int status, String consoleTail) implements MachineExit {
        @Override
        public String describe() {
            return status < 0 ? "the VMM died" : "the VMM died with status " + status;
        }
    }
}
