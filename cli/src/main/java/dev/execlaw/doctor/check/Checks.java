package dev.execlaw.doctor.check;

import java.util.List;

/** The checks, in the order in which they are shown. */
public final class Checks {

    private Checks() {}

    /** All but the probe guest, which takes seconds. */
    public static List<Check> quick() {
        return List.of(
                new ArchitectureCheck(),
                new KernelCheck(),
                new JdkCheck(),
                new MemoryCheck(),
                new DiskCheck(),
                new DataDirectoryCheck(),
                new ReflinkCheck(),
                new ToolsCheck(),
                new QemuCheck(),
                new KvmCheck(),
                new FirecrackerCheck(),
                new ImageCheck(),
                new ConfinementCheck(),
                new NetworkModeCheck(),
                new TunCheck(),
                new IpForwardCheck(),
                new NftablesCheck(),
                new ForwardingCheck(),
                new MasqueradeCheck(),
                new AddressCheck(),
                new LeftoversCheck(),
                new NameServerCheck(),
                new ProvidersCheck(),
                new ClockCheck(),
                new SwapCheck(),
                new KsmCheck(),
                new SmtCheck(),
                new FileLimitCheck(),
                new PortCheck());
    }

    /** The check that boots a guest. */
    public static Check probe() {
        return new KvmProbeCheck();
    }
}
