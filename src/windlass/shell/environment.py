"""The environment that a program gets: all of this process's for windlass's own, a named part of it for anybody's code.

Builds, hooks, tests, documentation plugins and scanners are somebody's code, or run it, and no credential is theirs to
see. So what passes is named here, and nothing passes by the look of its name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from windlass import proxies_and_certificates

_NAMED = """
    HOME USER LOGNAME SHELL PATH PWD TMPDIR TMP TEMP TZ LANG LANGUAGE DISPLAY
    TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE PY_COLORS
    XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_RUNTIME_DIR
    LD_LIBRARY_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH
    CC CXX CPP FC LD AR CFLAGS CXXFLAGS CPPFLAGS FFLAGS LDFLAGS ARCHFLAGS MAKEFLAGS PKG_CONFIG PKG_CONFIG_PATH
    CMAKE_PREFIX_PATH CMAKE_GENERATOR CMAKE_ARGS CMAKE_BUILD_PARALLEL_LEVEL MACOSX_DEPLOYMENT_TARGET SDKROOT
    RUSTFLAGS CARGO_HOME CARGO_BUILD_TARGET RUSTUP_HOME RUSTUP_TOOLCHAIN GOROOT GOPATH GOFLAGS JAVA_HOME
    PYENV_ROOT PYENV_VERSION PYENV_DIR PYENV_SHELL
    PYTHONUTF8 PYTHONIOENCODING PYTHONHASHSEED PYTHONWARNINGS PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
    PYTHONUNBUFFERED PYTHONFAULTHANDLER PYTHONDEVMODE PYTEST_ADDOPTS PYTEST_DEBUG_TEMPROOT
    OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS MPLBACKEND QT_QPA_PLATFORM
    SOURCE_DATE_EPOCH CI GITHUB_ACTIONS GITLAB_CI RUNNER_OS RUNNER_ARCH RUNNER_TEMP
    DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
    UV_CACHE_DIR UV_CONFIG_FILE UV_NO_CONFIG UV_OFFLINE UV_NO_CACHE UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP_TIMEOUT
    UV_LINK_MODE UV_PYTHON_INSTALL_DIR UV_PYTHON_DOWNLOADS UV_PYTHON_PREFERENCE UV_INDEX_STRATEGY UV_PRERELEASE
    UV_EXCLUDE_NEWER UV_RESOLUTION UV_CONCURRENT_BUILDS UV_CONCURRENT_DOWNLOADS UV_CONCURRENT_INSTALLS
    UV_INSECURE_HOST UV_TOOL_DIR
    PIP_CACHE_DIR PIP_CONFIG_FILE PIP_CERT PIP_TRUSTED_HOST PIP_TIMEOUT PIP_RETRIES PIP_NO_INDEX PIP_PREFER_BINARY
    PIP_DISABLE_PIP_VERSION_CHECK PIP_NO_CACHE_DIR
    NO_PROXY no_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO
    WINDLASS_REHEARSAL WINDLASS_DAY WINDLASS_DEADLINE_S WINDLASS_JOBS
"""
_NAMED_ADDRESSES = """
    HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy
    UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_INDEX UV_FIND_LINKS
    PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS
"""
_NAMES = frozenset(_NAMED.split())
_ADDRESSES = frozenset(_NAMED_ADDRESSES.split())
"""What passes where no login stands in it."""
_LOGIN = re.compile(r"//[^/\s@]*@")


def inherited() -> dict[str, str]:
    """All of this process's environment, with one idea of the network: for windlass's own programs."""
    return {**os.environ, **proxies_and_certificates.child_settings(os.environ)}


def named(names: Iterable[str]) -> dict[str, str]:
    """Those of this process's variables that a project lets pass besides, by `pass-env` in `[tool.windlass]`."""
    return {name: os.environ[name] for name in names if name in os.environ}


def without_credentials(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What anybody's code may see of this process's environment.

    Args:
        environ: the environment; this process's by default.
    """
    whole = os.environ if environ is None else environ
    found = {name: value for name, value in whole.items() if name in _NAMES or name.startswith("LC_")}
    addresses = {n: v for n, v in whole.items() if n in _ADDRESSES and not _LOGIN.search(v)}
    return {**addresses, **found, **proxies_and_certificates.child_settings({**addresses, **found})}


def merged(base: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """An environment with changes: None takes a variable out of it."""
    return {name: value for name, value in {**base, **changes}.items() if value is not None}
