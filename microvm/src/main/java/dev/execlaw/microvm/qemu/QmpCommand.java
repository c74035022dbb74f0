package dev.execlaw.microvm.qemu;

import java.util.Map;

/** The QMP commands that this driver uses; the set is closed and each is JSON of its own (qapi/*.json of QEMU). */
sealed interface QmpCommand {

    /** Name of the command in the protocol. */
    String execute();

    /** Its arguments; empty for none. */
    default Map<String, String> arguments() {
        return Map.of();
    }

    /** Ends the negotiation after the greeting. */
    record QmpCapabilities() implements QmpCommand {
        @Override
        public String execute() {
            return "qmp_capabilities";
        }
    }

    /** Lets the vCPUs run. */
    record Cont() implements QmpCommand {
        @Override
        public String execute() {
            return "cont";
        }
    }

    /** Asks for the run state. */
    record QueryStatus() implements QmpCommand {
        @Override
        public String execute() {
            return "query-status";
        }
    }

    /** Asks for the machine's name. */
    record QueryName() implements QmpCommand {
        @Override
        public String execute() {
            return "query-name";
        }
    }

    /** Presses the guest's power button. */
    record SystemPowerdown() implements QmpCommand {
        @Override
        public String execute() {
            return "system_powerdown";
        }
    }

    /** Ends QEMU. */
    record Quit() implements QmpCommand {
        @Override
        public String execute() {
            return "quit";
        }
    }

    /** A line for the human monitor, for what QMP has no command: port forwarding of the user-mode network. */
    record HumanMonitor(String line) implements QmpCommand {
        @Override
        public String execute() {
            return "human-monitor-command";
        }

        @Override
        public Map<String, String> arguments() {
            return Map.of("command-line", line);
        }
    }
}
