/** Control groups, version 2: what a VMM may take of its host, held by the kernel; knows nothing of any VMM. */
@NullMarked
package dev.execlaw.microvm.cgroup;

import org.jspecify.annotations.NullMarked;
