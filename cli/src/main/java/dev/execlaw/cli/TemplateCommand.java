package dev.execlaw.cli;

import dev.execlaw.TemplateWorks;
import dev.execlaw.config.Config;
import dev.execlaw.config.DataDirectory;
import dev.execlaw.microvm.image.Image;
import dev.execlaw.microvm.image.ImageStore;
import dev.execlaw.microvm.machine.SavedState;
import dev.execlaw.microvm.template.Template;
import dev.execlaw.microvm.template.TemplateException;
import dev.execlaw.microvm.template.TemplateOrder;
import dev.execlaw.microvm.template.TemplateStore;
import dev.execlaw.tool.Tool;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code execlaw template}. */
@Command(
        name = "template",
        description = "Build, list, check and remove what sessions are cloned from: images, booted once and saved.",
        subcommands = {
            TemplateCommand.Build.class,
            TemplateCommand.ListAll.class,
            TemplateCommand.Verify.class,
            TemplateCommand.Remove.class,
            TemplateCommand.Collect.class,
        })
final class TemplateCommand {

    private TemplateCommand() {}

    /** What all of them share. */
    abstract static class OnStore implements Callable<Integer> {

        private static final JsonMapper JSON =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws IOException, InterruptedException {
            Config config = options.loader().load();
            PrintWriter out = spec.commandLine().getOut();
            DataDirectory data = ConfigOptions.dataDirectory(config);
            int status = run(config, data, new TemplateStore(data.root()), out);
            out.flush();
            return status;
        }

        abstract int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out)
                throws IOException, InterruptedException;

        static void print(PrintWriter out, Template template, boolean inUse) throws IOException, InterruptedException {
            out.printf(
                    "%s  image %s  %d vCPUs  %d MiB (%d on disk)  %s  %s  %s  %s%n",
                    template.name(),
                    template.key().image(),
                    template.key().vcpus(),
                    template.key().memoryMiB(),
                    onDisk(template) >> 20,
                    template.key().nic(),
                    template.agentWaits() ? "agent waits" : "no agent",
                    inUse ? "in use" : "unused",
                    template.createdAt());
        }

        static void print(PrintWriter out, List<Map<String, Object>> templates) {
            out.println(JSON.writeValueAsString(templates));
        }

        static Map<String, Object> json(Template template, boolean inUse) throws IOException, InterruptedException {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", template.name());
            json.put("image", template.key().image());
            json.put("vcpus", template.key().vcpus());
            json.put("memoryMiB", template.key().memoryMiB());
            json.put("nic", template.key().nic());
            json.put("agent", template.key().agent().strip());
            json.put("signature", template.key().signature());
            json.put("inUse", inUse);
            json.put("createdAt", template.createdAt().toString());
            json.put("bytesOnDisk", onDisk(template));
            return json;
        }

        private static long onDisk(Template template) throws IOException, InterruptedException {
            return ImageStore.bytesOnDisk(template.directory().resolve(SavedState.MEMORY))
                    + ImageStore.bytesOnDisk(template.disk().path());
        }

        static Template template(TemplateStore store, String name) throws IOException {
            return store.named(name)
                    .orElseThrow(() -> new TemplateException(
                            "there is no template \"" + name + "\"; `execlaw template list` shows what there is"));
        }
    }

    /** {@code execlaw template build}. */
    @Command(name = "build", description = "Build the template of an image, unless a sound one is there already.")
    static final class Build extends OnStore {

        @Parameters(
                paramLabel = "IMAGE",
                arity = "0..1",
                description = "Id, the beginning of one, or a name. Default: image.name of the configuration.")
        private @Nullable String name;

        @Option(names = "--vcpus", paramLabel = "N", description = "Default: session.vcpus.")
        private @Nullable Integer vcpus;

        @Option(names = "--memory", paramLabel = "MIB", description = "Default: session.memory_mib.")
        private @Nullable Integer memory;

        @Option(names = "--fresh", description = "Build even if one is there; new sessions take the newest.")
        private boolean fresh;

        @Override
        int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out)
                throws IOException, InterruptedException {
            Image image = new ImageStore(data.root())
                    .require(name == null ? config.image().name() : name);
            try (ProgressDisplay progress = ProgressDisplay.onStandardError()) {
                Packages.need(Tool.FOR_MACHINES, progress);
                TemplateWorks works = works(config, data);
                TemplateOrder order = order(
                        config,
                        works,
                        image,
                        vcpus == null ? config.session().vcpus() : vcpus,
                        memory == null ? config.session().memoryMib() : memory);
                Template built = works.builder(store, progress).build(order, fresh);
                print(out, built, TemplatesInUse.of(data).test(built));
            }
            return 0;
        }
    }

    private static TemplateOrder order(Config config, TemplateWorks works, Image image, int vcpus, int memoryMiB) {
        return works.orders()
                .of(
                        image,
                        vcpus,
                        memoryMiB,
                        TemplateWorks.agent(config.session().agent(), image));
    }

    /**
     * Builds the template of a new image, in the shape that new sessions have.
     *
     * @return what to tell where that did not work: the image is good, and sessions boot it
     */
    static Optional<String> after(Image image, Config config, DataDirectory data, ProgressDisplay progress)
            throws InterruptedException {
        try {
            TemplateWorks works = TemplateWorks.open(config, data);
            TemplateOrder order = order(
                    config,
                    works,
                    image,
                    config.session().vcpus(),
                    config.session().memoryMib());
            Template template =
                    works.builder(new TemplateStore(data.root()), progress).build(order, false);
            return Optional.of("template " + template.name());
        } catch (IOException e) {
            return Optional.of("no template, so sessions boot the image: " + e.getMessage());
        }
    }

    private static TemplateWorks works(Config config, DataDirectory data) {
        try {
            return TemplateWorks.open(config, data);
        } catch (IOException e) {
            throw new CliException(
                    "nothing runs machines here: " + e.getMessage(),
                    "mend that; `execlaw doctor` looks at this host",
                    e);
        }
    }

    /** {@code execlaw template list}. */
    @Command(name = "list", description = "List them, newest first: name, image, shape, network, agent, use, built at.")
    static final class ListAll extends OnStore {

        @Option(names = "--json", description = "Print JSON.")
        private boolean json;

        @Override
        int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out)
                throws IOException, InterruptedException {
            List<Map<String, Object>> all = new ArrayList<>();
            Predicate<Template> inUse = TemplatesInUse.of(data);
            for (Template template : store.list()) {
                if (json) {
                    all.add(json(template, inUse.test(template)));
                } else {
                    print(out, template, inUse.test(template));
                }
            }
            if (json) {
                print(out, all);
            }
            return 0;
        }
    }

    /** {@code execlaw template verify}. */
    @Command(
            name = "verify",
            description = "Compare devices and disk with their hashes. Status 1 if one differs; it is used no more.")
    static final class Verify extends OnStore {

        @Parameters(
                paramLabel = "TEMPLATE",
                arity = "0..1",
                description = "Name, or the beginning of one. Default: all templates.")
        private @Nullable String name;

        @Override
        int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out)
                throws IOException, InterruptedException {
            List<Template> templates = name == null ? store.list() : List.of(template(store, name));
            if (templates.isEmpty()) {
                out.println("there is no template in " + store.directory() + "; build one: execlaw template build");
            }
            boolean passed = true;
            for (Template template : templates) {
                Optional<String> damage = store.verify(template);
                out.println(template.name() + "  "
                        + damage.map(what -> "DAMAGED: " + what).orElse("ok"));
                passed &= damage.isEmpty();
            }
            return passed ? 0 : 1;
        }
    }

    /** {@code execlaw template rm}. */
    @Command(name = "rm", description = "Remove one that no session uses.")
    static final class Remove extends OnStore {

        @Parameters(paramLabel = "TEMPLATE", description = "Name, or the beginning of one.")
        @SuppressWarnings("NullAway.Init")
        private String name;

        @Override
        int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out) throws IOException {
            Template template = template(store, name);
            store.remove(template, TemplatesInUse.of(data));
            out.println("removed " + template.name());
            return 0;
        }
    }

    /** {@code execlaw template gc}. */
    @Command(
            name = "gc",
            description =
                    "Remove those that no new session would be cloned from and no session uses: of images that are gone,"
                            + " of another driver, VMM or kernel, damaged ones, older builds.")
    static final class Collect extends OnStore {
        @Override
        int run(Config config, DataDirectory data, TemplateStore store, PrintWriter out) throws IOException {
            if (store.list().isEmpty()) {
                return 0;
            }
            String signature = works(config, data).driver().signature();
            List<String> images =
                    new ImageStore(data.root()).list().stream().map(Image::id).toList();
            List<String> removed = store.collect(
                    key -> key.signature().equals(signature) && images.contains(key.image()), TemplatesInUse.of(data));
            removed.forEach(template -> out.println("removed " + template));
            return 0;
        }
    }
}
