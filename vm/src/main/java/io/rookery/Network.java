package io.rookery;

/** What a guest's network interfaces are joined to; see {@link Networks}. */
public sealed interface Network permits Networks.None {}
