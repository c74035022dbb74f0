package dev.execlaw.microvm.qemu;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The QMP commands that this driver uses; the set is closed and each is JSON of its own (qapi/*.json of QEMU). */
sealed interface QmpCommand {

    /** Name of the command in the protocol. */
    String execute();

    /** Its arguments; empty for none. */
    default Map<String, Object> arguments() {
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
        public Map<String, Object> arguments() {
            return Map.of("command-line", line);
        }
    }

    /** Stops the vCPUs and returns when they stand still and all they wrote to the disk is in its files. */
    record Stop() implements QmpCommand {
        @Override
        public String execute() {
            return "stop";
        }
    }

    /**
     * Has a guest that goes on not told to announce itself to its network: what is at the other end knows it, and doing it
     * costs an emulated processor tens of milliseconds, five times over the first half second.
     */
    record NoAnnouncements() implements QmpCommand {
        @Override
        public String execute() {
            return "migrate-set-parameters";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("announce-rounds", 0);
        }
    }

    /** Leaves memory out of a migration, which is in files; and has QEMU tell how the migration goes. */
    record MigrateSetCapabilities() implements QmpCommand {
        @Override
        public String execute() {
            return "migrate-set-capabilities";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("capabilities", List.of(on("x-ignore-shared"), on("events")));
        }

        private static Map<String, Object> on(String name) {
            return Map.of("capability", name, "state", true);
        }
    }

    /** Begins to send the machine's state. */
    record Migrate(String uri) implements QmpCommand {
        @Override
        public String execute() {
            return "migrate";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("uri", uri);
        }
    }

    /** Begins to take a machine's state. */
    record MigrateIncoming(String uri) implements QmpCommand {
        @Override
        public String execute() {
            return "migrate-incoming";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("uri", uri);
        }
    }

    /** Writes the state of all devices, no memory and no disk, to a file; without Xen as well as with it. */
    record SaveDevices(String file) implements QmpCommand {
        @Override
        public String execute() {
            return "xen-save-devices-state";
        }

        @Override
        public Map<String, Object> arguments() {
            // "live" would give up the disks.
            return Map.of("filename", file, "live", false);
        }
    }

    /**
     * Asks for all nodes of all disks.
     *
     * @param flat without what lies under each, whose number then is 0
     */
    record QueryNodes(boolean flat) implements QmpCommand {
        @Override
        public String execute() {
            return "query-named-block-nodes";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("flat", flat);
        }
    }

    /** Opens a layer that lies on nothing yet. */
    record AddLayer(String node, String file) implements QmpCommand {
        @Override
        public String execute() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> layer = new HashMap<>();
            layer.put("driver", "qcow2");
            layer.put("node-name", node);
            layer.put("discard", "unmap");
            layer.put("backing", null);
            layer.put("file", Map.of("driver", "file", "filename", file, "discard", "unmap"));
            return layer;
        }
    }

    /** Closes a node that nothing uses. */
    record RemoveNode(String node) implements QmpCommand {
        @Override
        public String execute() {
            return "blockdev-del";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node-name", node);
        }
    }

    /** Lays an opened layer over a node: what is written goes there from now on. */
    record Snapshot(String node, String overlay) implements QmpCommand {
        @Override
        public String execute() {
            return "blockdev-snapshot";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node", node, "overlay", overlay);
        }
    }

    /** Begins to copy into a layer what the layers between it and the base have. */
    record Stream(String job, String node, String base, String baseName) implements QmpCommand {
        @Override
        public String execute() {
            return "block-stream";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("job-id", job, "device", node, "base-node", base, "backing-file", baseName);
        }
    }

    /** Ends a job early. */
    record CancelJob(String job) implements QmpCommand {
        @Override
        public String execute() {
            return "block-job-cancel";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("device", job);
        }
    }
}
