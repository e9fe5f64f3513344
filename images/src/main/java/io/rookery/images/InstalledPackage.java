package io.rookery.images;

/**
 * A package in an image.
 *
 * @param architecture such as {@code amd64} or {@code all}
 * @param status as dpkg has it, such as {@code install ok unpacked}
 */
public record InstalledPackage(String name, String version, String architecture, String status) {}
