package dev.execlaw.doctor.check;

/** Whether the Java platform is new enough. */
final class JdkCheck implements Check {

    private static final int NEEDED = 25;

    @Override
    public String name() {
        return "jdk";
    }

    @Override
    public Finding run(HostFacts host) {
        String specification = host.properties().getOrDefault("java.specification.version", "unknown");
        String seen = "Java " + specification + " in " + host.properties().getOrDefault("java.home", "unknown");
        boolean enough = specification.matches("[0-9]{1,4}") && Integer.parseInt(specification) >= NEEDED;
        return enough
                ? Finding.ok(seen)
                : Finding.fail(seen, "install a JDK from " + NEEDED + " on, e.g. apt install openjdk-25-jdk-headless");
    }
}
