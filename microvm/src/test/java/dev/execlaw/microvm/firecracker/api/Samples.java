package dev.execlaw.microvm.firecracker.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;

/** Of each request that can be sent one with all fields and one with the fewest. */
final class Samples {

    private static final DeviceId ID = new DeviceId("dev_1");
    private static final JailPath PATH = new JailPath("file");
    private static final TokenBucket BUCKET = new TokenBucket(1000, 100, 5L);
    private static final RateLimiter LIMITER = new RateLimiter(BUCKET, TokenBucket.perSecond(7));

    private Samples() {}

    static List<ApiRequest> all() {
        return List.of(
                new Boot.Source(PATH, PATH, "console=ttyS0"),
                new Boot.Source(PATH, null, null),
                new Boot.Machine(2, 512, false, true, Boot.HugePages.TWO_MIB, "None"),
                Boot.Machine.of(1, 128),
                new Boot.MachineUpdate(2, 512, false, true, Boot.HugePages.TRANSPARENT),
                new Boot.Cpu(
                        List.of("!121"),
                        List.of(new Boot.CpuidModifier(
                                "0x1", "0x0", 0, List.of(new Boot.CpuidRegister("eax", "0b" + "x".repeat(32))))),
                        List.of(new Boot.RegisterModifier("0x10a", "0b" + "0".repeat(64))),
                        List.of(new Boot.RegisterModifier("0x0", "0b1")),
                        List.of(new Boot.FeatureModifier(0, "0b1"))),
                new Boot.Cpu(null, null, null, null, null),
                new Device.Drive(
                        ID,
                        true,
                        PATH,
                        false,
                        "0eaa91a0-01",
                        Device.CacheType.WRITEBACK,
                        Device.IoEngine.SYNC,
                        LIMITER,
                        null),
                new Device.Drive(ID, false, null, null, null, null, null, null, PATH),
                Device.Drive.of(ID, PATH, false, true, null),
                new Device.DriveUpdate(ID, PATH, LIMITER),
                new Device.DriveUpdate(ID, null, null),
                new Device.Pmem(ID, PATH, true, true, LIMITER),
                new Device.Pmem(ID, PATH, null, null, null),
                new Device.PmemUpdate(ID, LIMITER),
                new Device.NetworkCard(ID, "fctap0", "02:FC:00:00:00:00", 1500, LIMITER, LIMITER),
                new Device.NetworkCard(ID, "fctap0", null, null, null, null),
                new Device.NetworkCardUpdate(ID, LIMITER, LIMITER),
                new Device.NetworkCardUpdate(ID, null, null),
                new Device.Removal(Device.Kind.DRIVE, ID),
                new Device.Removal(Device.Kind.PMEM, ID),
                new Device.Removal(Device.Kind.NETWORK_CARD, ID),
                new Device.Vsock(3, PATH),
                new Device.Entropy(LIMITER),
                new Device.Entropy(null),
                new Device.Serial(PATH, BUCKET),
                new Device.Serial(null, null),
                new Balloon.Configuration(64, true, 5, true, true),
                new Balloon.Configuration(0, false, null, null, null),
                new Balloon.Update(10),
                new Balloon.StatisticsUpdate(3),
                new Balloon.HintingStart(true),
                new Balloon.HintingStart(null),
                new Balloon.HintingStop(),
                new MemoryHotplug.Configuration(1024, 128L, 2L),
                new MemoryHotplug.Update(512),
                new Metadata.Store(
                        JsonNodeFactory.instance.objectNode().put("a", 1).putNull("b")),
                new Metadata.Merge(JsonNodeFactory.instance.objectNode()),
                new Metadata.Configuration(List.of(ID), Metadata.MmdsVersion.V2, "169.254.169.254", true),
                new Metadata.Configuration(List.of(ID), null, null, null),
                new Observation.Logger(PATH, Observation.Level.INFO, true, true, "api_server"),
                new Observation.Logger(null, null, null, null, null),
                new Observation.Metrics(PATH, true, Map.of("host", "a")),
                new Observation.Metrics(PATH, null, null),
                new Snapshot.Create(PATH, PATH, Snapshot.Type.DIFF),
                new Snapshot.Create(PATH, PATH, null),
                new Snapshot.Load(
                        PATH,
                        new Snapshot.MemoryBackend(Snapshot.BackendType.UFFD, PATH),
                        true,
                        true,
                        List.of(new Snapshot.NetworkOverride(ID, "fctap1")),
                        new Snapshot.VsockOverride(PATH),
                        true,
                        Snapshot.HugePagesOnLoad.TWO_MIB),
                new Snapshot.Load(
                        PATH,
                        new Snapshot.MemoryBackend(Snapshot.BackendType.FILE, PATH),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null),
                new Control.InstanceStart(),
                new Control.FlushMetrics(),
                new Control.SendCtrlAltDel(),
                new Control.Pause(),
                new Control.Resume(),
                new Query.Instance(),
                new Query.Version(),
                new Query.Configuration(),
                new Query.MachineConfiguration(),
                new Query.BalloonConfiguration(),
                new Query.BalloonFigures(),
                new Query.Hinting(),
                new Query.Hotplug(),
                new Query.MetadataStore(),
                new RawRequest(Method.GET, "/version", null, Duration.ofSeconds(1)));
    }
}
