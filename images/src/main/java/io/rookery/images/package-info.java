/**
 * Builds Debian root file systems as ext2 images, from nothing but a mirror: no root rights, no
 * mount, no Debian tools. Start with {@link io.rookery.images.ImageBuilder}; {@link
 * io.rookery.images.DefaultImage} keeps one image per user, built on first use.
 */
package io.rookery.images;
