import JSON
import Testing

@Suite struct JSONMergePatchTests {}
