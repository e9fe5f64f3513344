package io.rookery.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheFolderTest {
  private static String choose(String system, Map<String, String> environment) {
    Path folder = CacheFolder.choose(system, "/home/u", environment::get);
    return folder.toString().replace('\\', '/');
  }

  @Test
  void followsTheSystemsCustoms() {
    assertEquals("/home/u/.cache/rookery", choose("Linux", Map.of()));
    assertEquals("/c/rookery", choose("Linux", Map.of("XDG_CACHE_HOME", "/c")));
    assertEquals("/home/u/.cache/rookery", choose("Linux", Map.of("XDG_CACHE_HOME", "relative")));
    assertEquals(
        "/home/u/Library/Caches/rookery", choose("Mac OS X", Map.of("XDG_CACHE_HOME", "/c")));
    assertEquals("/l/rookery/cache", choose("Windows 11", Map.of("LOCALAPPDATA", "/l")));
    assertEquals("/home/u/AppData/Local/rookery/cache", choose("Windows 11", Map.of()));
  }
}
