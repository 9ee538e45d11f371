/// An age as kubectl shows it: two units while it is young, one later.
func humanDuration(seconds: Int64) -> String {
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    let minutes = seconds / 60
    let hours = minutes / 60
    let days = hours / 24
    func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
    return switch true {
    case seconds < 120: "\(seconds)s"
    case minutes < 10: pair(minutes, "m", seconds % 60, "s")
    case minutes < 180: "\(minutes)m"
    case hours < 8: pair(hours, "h", minutes % 60, "m")
    case hours < 48: "\(hours)h"
    case days < 8: pair(days, "d", hours % 24, "h")
    case days < 730: "\(days)d"
    case days < 2920: pair(days / 365, "y", days % 365, "d")
    default: "\(days / 365)y"
    }
}
