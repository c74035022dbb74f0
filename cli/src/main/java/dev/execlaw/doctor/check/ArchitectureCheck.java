package dev.execlaw.doctor.check;

/** Whether machines can run on this processor. */
final class ArchitectureCheck implements Check {

    @Override
    public String name() {
        return "architecture";
    }

    @Override
    public Finding run(HostFacts host) {
        String architecture = host.properties().getOrDefault("os.arch", "unknown");
        return switch (architecture) {
            case "amd64", "x86_64" -> Finding.ok(architecture);
            case "aarch64" ->
                Finding.warn(architecture, "images and machines are tried on x86_64 only: expect to meet gaps here");
            default -> Finding.fail(architecture, "use a host with x86_64 processors");
        };
    }
}
