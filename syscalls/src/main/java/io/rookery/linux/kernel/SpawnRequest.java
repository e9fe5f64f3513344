package io.rookery.linux.kernel;

import com.google.common.collect.ImmutableList;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import org.jspecify.annotations.Nullable;

/**
 * A program to start.
 *
 * @param path what to execute; without a slash it is looked for in the PATH of {@code environment}
 * @param arguments argv, the program's own name first; encoded as UTF-8
 * @param environment NAME=VALUE strings
 * @param directory the working directory, or null for that of {@code fs}
 * @param credentials who it runs as
 * @param files its descriptors; the process takes the caller's reference, in failure too
 * @param fs root, working directory and umask; becomes the process's own
 * @param terminal the controlling terminal of its new session, or null
 */
public record SpawnRequest(
    String path,
    ImmutableList<String> arguments,
    ImmutableList<String> environment,
    @Nullable String directory,
    Credentials credentials,
    FileTable files,
    FsContext fs,
    @Nullable ControllingTerminal terminal) {}
