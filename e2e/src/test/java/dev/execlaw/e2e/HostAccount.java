package dev.execlaw.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Compares what the ledger has with what is on the host, as somebody would who does not believe the product. */
final class HostAccount {

    private static final List<Path> CGROUPS =
            List.of(Path.of("/sys/fs/cgroup/unified/execlaw"), Path.of("/sys/fs/cgroup/execlaw"));

    private final Product product;
    private final Path machines;
    private final Set<String> deleted = new HashSet<>();

    HostAccount(Product product) {
        this.product = product;
        this.machines = product.dataDirectory().resolve("machines");
    }

    /** From here on nothing of this session may be found. */
    void deleted(String session) {
        deleted.add(session);
    }

    /** Everything that does not agree, one line each. */
    List<String> differences() {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode session : product.api().get("/sessions").path("sessions")) {
            states.put(session.path("id").asString(), session.path("state").asString());
        }
        Set<String> running = states.keySet().stream()
                .filter(id -> states.get(id).equals("running"))
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> found = new ArrayList<>();
        compare(found, "directories", names(machines), states.keySet());
        compare(found, "directories in the ledger", ledger("directory"), states.keySet());
        Set<String> slots = new TreeSet<>(query("SELECT session FROM slot WHERE session IS NOT NULL"));
        compare(found, "slots in the ledger", ledger("slot"), slots);
        // A fork that was not started yet has none.
        if (!states.keySet().containsAll(slots) || !slots.containsAll(running)) {
            found.add("slots of " + slots + ", sessions " + states);
        }
        compare(found, "processes in the ledger", ledger("process"), running);
        compare(found, "devices in the ledger", ledger("tap"), running);
        compare(found, "devices", devices(), query("SELECT 'fctap' || ref FROM resource WHERE kind = 'tap'"));
        compare(
                found,
                "sockets",
                names(product.dataDirectory().resolve("run")),
                query("SELECT ref FROM resource WHERE kind = 'socket'").stream()
                        .map(path -> Path.of(path).getFileName().toString())
                        .toList());
        processes(found, states.keySet(), running);
        cgroups(found, states.keySet(), running);
        states.keySet().forEach(session -> checkpoints(found, session));
        return found;
    }

    private void processes(List<String> found, Set<String> sessions, Set<String> running) {
        List<ProcessHandle> all = Hosts.processesNaming(machines);
        for (String session : sessions) {
            List<String> its = all.stream()
                    .map(ProcessHandle::pid)
                    .filter(pid -> Hosts.tells(pid, machines.resolve(session).toString()))
                    .map(String::valueOf)
                    .toList();
            List<String> noted = query("SELECT substr(detail, 1, instr(detail, ' ') - 1) FROM resource"
                    + " WHERE kind = 'process' AND session = '" + session + "'");
            if (running.contains(session)) {
                compare(found, "processes of " + session, its, noted);
            } else if (!its.isEmpty()) {
                found.add(session + " does not run and has the processes " + its);
            }
        }
        long strangers = all.stream()
                .filter(process -> sessions.stream()
                        .noneMatch(session -> Hosts.tells(
                                process.pid(), machines.resolve(session).toString())))
                .count();
        if (strangers > 0) {
            found.add(strangers + " processes of no session");
        }
    }

    private void cgroups(List<String> found, Set<String> sessions, Set<String> running) {
        for (Path top : CGROUPS) {
            for (String name : Files.isDirectory(top) ? names(top) : List.<String>of()) {
                boolean gone = deleted.contains(name) || (sessions.contains(name) && !running.contains(name));
                if (gone) {
                    found.add("a cgroup of " + name + ", which does not run");
                }
            }
        }
    }

    private void checkpoints(List<String> found, String session) {
        Path directory = machines.resolve(session).resolve("checkpoints");
        compare(
                found,
                "saved states of " + session,
                Files.isDirectory(directory) ? names(directory) : List.of(),
                query("SELECT changes FROM checkpoint WHERE session = '" + session + "'").stream()
                        .map(path -> Path.of(path).getFileName().toString())
                        .toList());
        for (String disk : query("SELECT disk FROM checkpoint WHERE session = '" + session + "'")) {
            if (!Files.exists(Path.of(disk))) {
                found.add("a checkpoint of " + session + " lies on " + disk + ", which is gone");
            }
        }
    }

    private static void compare(List<String> found, String what, Collection<String> here, Collection<String> wanted) {
        if (!new TreeSet<>(here).equals(new TreeSet<>(wanted))) {
            found.add(what + ": " + new TreeSet<>(here) + " instead of " + new TreeSet<>(wanted));
        }
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(
                            entry -> !directory.getFileName().toString().equals("execlaw") || Files.isDirectory(entry))
                    .map(entry -> entry.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> devices() {
        try {
            return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                    .map(NetworkInterface::getName)
                    .filter(name -> name.startsWith("fctap"))
                    .toList();
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> ledger(String kind) {
        return query("SELECT session FROM resource WHERE kind = '" + kind + "'");
    }

    private List<String> query(String sql) {
        String url = "jdbc:sqlite:file:" + product.dataDirectory().resolve("execlaw.db") + "?mode=ro";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        } catch (SQLException e) {
            throw new AssertionError(sql + ": " + e, e);
        }
    }
}
