package io.rookery.images.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.BadArchiveException;
import io.rookery.images.testing.MemoryRoot;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootTreeTest {
  private final MemoryRoot root = new MemoryRoot();
  private final RootTree tree = new RootTree(root, Instant.EPOCH);

  private void link(String path, String target) throws IOException {
    tree.symlink(path, target, tree.attributes(0777), "");
  }

  @Test
  void filesBehindLinkedDirectoriesGoToTheirRealPlace() throws IOException {
    tree.directory("/usr/bin", tree.attributes(0755), "");
    link("/bin", "usr/bin");
    link("/abs", "/bin/../bin");
    tree.write("/bin/a", 0644, "A");
    tree.write("/abs/b", 0644, "B");
    assertEquals("A", root.text("/usr/bin/a"));
    assertEquals("B", root.text("/usr/bin/b"));
    assertEquals("A", tree.readText("/abs/a"));
    assertEquals(List.of("a", "b"), tree.list("/bin"));
  }

  @Test
  void missingParentsAreMade() throws IOException {
    tree.write("/a/b/c", 0644, "x");
    assertEquals("x", root.text("/a/b/c"));
    assertEquals(List.of("a"), tree.list("/"));
  }

  @Test
  void nothingLeadsOutOfTheRoot() throws IOException {
    link("/up", "../../../..");
    tree.write("/up/file", 0644, "x");
    assertEquals("x", root.text("/file"));
  }

  @Test
  void linksInCirclesAreTold() throws IOException {
    link("/a", "b");
    link("/b", "a");
    assertThrows(BadArchiveException.class, () -> tree.write("/a/x", 0644, ""));
    assertThrows(BadArchiveException.class, () -> tree.exists("/a"));
  }

  @Test
  void aFileTakesThePlaceOfAFileButNotOfADirectory() throws IOException {
    tree.write("/f", 0644, "1");
    tree.write("/f", 0600, "2");
    assertEquals("2", root.text("/f"));
    tree.directory("/d", tree.attributes(0755), "");
    assertThrows(BadArchiveException.class, () -> tree.write("/d", 0644, ""));
    assertThrows(BadArchiveException.class, () -> tree.directory("/f", tree.attributes(0755), "p"));
    assertThrows(BadArchiveException.class, () -> tree.write("/f/x", 0644, ""));
  }

  @Test
  void hardLinksAreTheSameFile() throws IOException {
    tree.write("/a", 0644, "x");
    tree.hardLink("/b", "/a", "");
    assertEquals(root.get("/a"), root.get("/b"));
    assertThrows(BadArchiveException.class, () -> tree.hardLink("/c", "/none", ""));
    tree.hardLink("/a", "/a", "");
    assertEquals("x", root.text("/a"));
  }

  @Test
  void impossibleNamesAreTold() {
    assertThrows(BadArchiveException.class, () -> tree.write("/" + "x".repeat(256), 0644, ""));
    assertThrows(BadArchiveException.class, () -> tree.write("/a\0b", 0644, ""));
    assertThrows(BadArchiveException.class, () -> tree.write("/a/".repeat(2000), 0644, ""));
    assertThrows(BadArchiveException.class, () -> link("/l", ""));
  }

  @Test
  void aLinkToNothingDoesNotExist() throws IOException {
    link("/l", "gone");
    assertFalse(tree.exists("/l"));
    assertTrue(tree.node("/l") != null);
  }
}
