/** What the doctor looks at: one small class for each thing, and the facts of the host that they get to see. A check changes nothing that outlives it. */
@NullMarked
package dev.execlaw.doctor.check;

import org.jspecify.annotations.NullMarked;
