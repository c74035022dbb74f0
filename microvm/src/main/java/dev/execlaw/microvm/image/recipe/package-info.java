/** Recipes: how images are made. A recipe is data; it becomes a list of small steps that work in one private directory. */
@NullMarked
package dev.execlaw.microvm.image.recipe;

import org.jspecify.annotations.NullMarked;
