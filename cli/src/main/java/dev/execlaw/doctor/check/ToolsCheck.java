package dev.execlaw.doctor.check;

import dev.execlaw.tool.Tool;
import java.util.List;
import java.util.stream.Collectors;

/** Whether the programs are there that sessions and image builds start. */
final class ToolsCheck implements Check {

    @Override
    public String name() {
        return "programs";
    }

    @Override
    public Finding run(HostFacts host) {
        List<Tool> missing = Tool.FOR_IMAGES.stream()
                .filter(tool -> !host.programs().present(tool.program()))
                .toList();
        if (missing.isEmpty()) {
            return Finding.ok("all " + Tool.FOR_IMAGES.size() + " are there");
        }
        String seen = "no " + missing.stream().map(Tool::program).collect(Collectors.joining(", "));
        String todo = "apt install "
                + missing.stream().map(Tool::debianPackage).distinct().sorted().collect(Collectors.joining(" "));
        return missing.stream().anyMatch(Tool.FOR_SESSIONS::contains)
                ? Finding.fail(seen, todo)
                : Finding.warn(seen + ": images cannot be built", todo);
    }
}
